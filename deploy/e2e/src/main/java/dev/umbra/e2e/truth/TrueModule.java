// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.truth;

import java.util.Arrays;
import java.util.List;

/**
 * A module, as {@code /proc/modules} shows it.
 *
 * @param size in bytes
 * @param state such as {@code Live}
 * @param taint letters, without brackets
 */
public record TrueModule(
        String name, long size, int references, List<String> users, String state, long address, String taint) {
    /** The youngest first. */
    public static List<TrueModule> all(Truth truth) {
        return truth.lines("proc/modules").stream().map(TrueModule::read).toList();
    }

    private static TrueModule read(String line) {
        String[] fields = line.split(" ");
        return new TrueModule(
                fields[0],
                Long.parseLong(fields[1]),
                fields[2].equals("-") ? -1 : Integer.parseInt(fields[2]),
                Arrays.stream(fields[3].split(","))
                        .filter(user -> !user.equals("-") && !user.equals("[permanent]"))
                        .toList(),
                fields[4],
                Long.parseUnsignedLong(fields[5].substring(2), 16),
                fields.length > 6 ? fields[6].replaceAll("[()]", "") : "");
    }
}
