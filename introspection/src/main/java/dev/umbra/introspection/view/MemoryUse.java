// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/**
 * The user memory of a process. Sizes are in bytes, counted as {@code /proc/PID/status} counts them.
 *
 * @param address of the {@code mm_struct}, 0 if the process has none
 * @param pageTable physical address of the top page table
 * @param virtualSize of all areas
 * @param anonymous resident memory of its own
 * @param file resident pages of files
 * @param shared resident shared memory
 * @param swapped not resident
 */
public record MemoryUse(
        long address, long pageTable, long virtualSize, long anonymous, long file, long shared, long swapped) {
    static final MemoryUse NONE = new MemoryUse(0, 0, 0, 0, 0, 0, 0);

    /** Resident set size. */
    public long resident() {
        return anonymous + file + shared;
    }
}
