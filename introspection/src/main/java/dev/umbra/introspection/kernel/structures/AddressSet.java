// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel.structures;

import java.util.Arrays;

/**
 * Addresses seen during one walk, in open addressing. Emptying it takes no time, whatever its size: an entry counts only if its
 * stamp is that of the current walk. A hash table with a hundred thousand short chains needs that.
 */
final class AddressSet {
    private static final int INITIAL = 256;

    private long[] addresses = new long[INITIAL];
    private int[] stamps = new int[INITIAL];
    private int stamp;
    private int size;

    void clear() {
        size = 0;
        if (++stamp == 0) {
            Arrays.fill(stamps, 0);
            stamp = 1;
        }
    }

    /** @return whether the address was not there yet */
    boolean add(long address) {
        int mask = addresses.length - 1;
        int place = hash(address) & mask;
        while (stamps[place] == stamp) {
            if (addresses[place] == address) {
                return false;
            }
            place = place + 1 & mask;
        }
        stamps[place] = stamp;
        addresses[place] = address;
        if (++size > addresses.length / 2) {
            grow();
        }
        return true;
    }

    private void grow() {
        long[] oldAddresses = addresses;
        int[] oldStamps = stamps;
        addresses = new long[oldAddresses.length * 2];
        stamps = new int[addresses.length];
        size = 0;
        for (int place = 0; place < oldAddresses.length; place++) {
            if (oldStamps[place] == stamp) {
                add(oldAddresses[place]);
            }
        }
    }

    /** Kernel objects are aligned, so the low bits say little; the multiplication brings the high ones down. */
    private static int hash(long address) {
        return (int) (address * 0x9e3779b97f4a7c15L >>> 32);
    }
}
