// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/** Addresses of the Internet Protocol as text; version 6 after RFC 5952. */
final class InternetAddresses {
    private static final int GROUPS = 8;
    private static final int MAPPED_GROUPS = 6;
    private static final int MAPPED_MARK = 0xffff;

    private InternetAddresses() {}

    /** @param address as it lies in memory, read as a little-endian number */
    static String four(int address) {
        return (address & 0xff) + "." + (address >>> 8 & 0xff) + "." + (address >>> 16 & 0xff) + "." + (address >>> 24);
    }

    /** @param address 16 bytes */
    static String six(byte[] address) {
        int[] groups = new int[GROUPS];
        for (int group = 0; group < GROUPS; group++) {
            groups[group] = (address[group * 2] & 0xff) << 8 | address[group * 2 + 1] & 0xff;
        }
        if (mapped(groups)) {
            return "::ffff:" + (groups[6] >>> 8) + "." + (groups[6] & 0xff) + "." + (groups[7] >>> 8) + "."
                    + (groups[7] & 0xff);
        }
        int start = 0;
        int length = 1;
        for (int group = 0; group < GROUPS; group++) {
            int zeros = zeros(groups, group);
            if (zeros > length) {
                start = group;
                length = zeros;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int group = 0; group < GROUPS; group++) {
            if (length > 1 && group == start) {
                text.append("::");
                group += length - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(groups[group]));
        }
        return text.toString();
    }

    private static boolean mapped(int[] groups) {
        return zeros(groups, 0) == MAPPED_GROUPS - 1 && groups[MAPPED_GROUPS - 1] == MAPPED_MARK;
    }

    private static int zeros(int[] groups, int from) {
        int count = 0;
        while (from + count < GROUPS && groups[from + count] == 0) {
            count++;
        }
        return count;
    }
}
