// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/**
 * What the planes held when they were last looked at, and what has changed since then.
 *
 * <p>Pictures are drawn from here and not from the planes, which change meanwhile: what was drawn is then what was compared, and
 * a change that came in between shows at the next look.
 */
final class PlaneSnapshot {
    private static final int BLOCK_SIZE = 256;

    private final byte[] bytes = new byte[PlaneMemory.SIZE];
    private final MemorySegment segment = MemorySegment.ofArray(bytes);
    private final BitSet changed = new BitSet(PlaneMemory.SIZE / BLOCK_SIZE);

    /** Copies what differs and tells whether anything does. */
    boolean update(MemorySegment memory) {
        changed.clear();
        long at = 0;
        while (at < PlaneMemory.SIZE) {
            long different = MemorySegment.mismatch(memory, at, PlaneMemory.SIZE, segment, at, PlaneMemory.SIZE);
            if (different < 0) {
                break;
            }
            int block = (int) (at + different) / BLOCK_SIZE;
            changed.set(block);
            long start = (long) block * BLOCK_SIZE;
            MemorySegment.copy(memory, start, segment, start, BLOCK_SIZE);
            at = start + BLOCK_SIZE;
        }
        return !changed.isEmpty();
    }

    /** Whether anything near these addresses has changed; an address that is below the first means yes. */
    boolean changed(int firstAddress, int lastAddress) {
        if (lastAddress < firstAddress) {
            return true;
        }
        int block = changed.nextSetBit(firstAddress * PlaneMemory.PLANES / BLOCK_SIZE);
        return block >= 0 && block <= lastAddress * PlaneMemory.PLANES / BLOCK_SIZE;
    }

    /** The byte of a plane. */
    int get(int plane, int address) {
        return bytes[address * PlaneMemory.PLANES + plane] & 0xff;
    }
}
