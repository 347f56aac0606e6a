// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import java.util.List;

/**
 * A kernel module.
 *
 * @param address of the {@code struct module}
 * @param version what its author calls it, or empty
 * @param sourceVersion checksum of its sources, or empty
 * @param base address of its code
 * @param size of all its memory, in bytes, as {@code /proc/modules} shows it
 * @param regions its memory, by kind
 * @param references how many hold it, -1 if it is going
 * @param users modules that use it, the first user first
 * @param permanent whether it cannot be unloaded
 * @param taints bits of {@code linux/panic.h}
 * @param signed whether its signature was found good
 */
public record Module(
        long address,
        String name,
        String version,
        String sourceVersion,
        ModuleState state,
        long base,
        long size,
        List<Region> regions,
        int references,
        List<String> users,
        boolean permanent,
        long taints,
        boolean signed) {
    private static final String TAINT_LETTERS = "PFSRMBUDAWCIOELKXTN";

    public Module {
        regions = List.copyOf(regions);
        users = List.copyOf(users);
    }

    /** What a part of a module's memory is for. */
    public enum RegionKind {
        TEXT,
        DATA,
        READ_ONLY_DATA,
        READ_ONLY_AFTER_INIT,
        INIT_TEXT,
        INIT_DATA,
        INIT_READ_ONLY_DATA
    }

    /** @param size in bytes */
    public record Region(RegionKind kind, long base, long size) {
        public boolean contains(long address) {
            return Long.compareUnsigned(address - base, size) < 0;
        }
    }

    /** Whether an address is in its memory. */
    public boolean contains(long where) {
        for (Region region : regions) {
            if (region.contains(where)) {
                return true;
            }
        }
        return false;
    }

    /** Letters as in {@code /proc/modules}, such as {@code OE}: out of tree, not signed. */
    public String taintLetters() {
        StringBuilder letters = new StringBuilder();
        for (int bit = 0; bit < TAINT_LETTERS.length(); bit++) {
            if ((taints >>> bit & 1) != 0) {
                letters.append(TAINT_LETTERS.charAt(bit));
            }
        }
        return letters.toString();
    }
}
