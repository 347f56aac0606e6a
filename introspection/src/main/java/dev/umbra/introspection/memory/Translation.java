// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

/** What the page tables say about a virtual address. */
public sealed interface Translation {
    /**
     * @param physical the address in the machine's physical memory; there was memory when it was translated
     * @param pageSize bytes of the page it lies in: 4 KiB, 2 MiB or 1 GiB
     * @param writable if no level forbids it
     * @param user whether programs may touch it: every level allows it
     * @param executable if no level forbids it
     */
    record Mapped(long physical, long pageSize, boolean writable, boolean user, boolean executable)
            implements Translation {}

    /** @param level of the table whose entry says so, 1 to 5 */
    record NotPresent(int level) implements Translation {}

    /**
     * Reserved bits are set.
     *
     * @param level of the table in question, 1 to 5
     */
    record Malformed(int level) implements Translation {}

    /**
     * A table, or at level 0 the page itself, lies where there is no memory.
     *
     * @param level of the table in question, 0 to 5
     */
    record NoMemory(int level) implements Translation {}

    /** The address is none of those that the processor accepts. */
    record NotCanonical() implements Translation {}
}
