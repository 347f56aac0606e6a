// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

/** What a nested page table says about a tenant-physical address. */
public sealed interface Translation {
    /**
     * @param cloudPhysical the address in the cloud VM; whether there is memory is another question
     * @param pageSize bytes of the page it lies in: 4 KiB, 2 MiB or 1 GiB
     */
    record Mapped(long cloudPhysical, long pageSize, boolean readable, boolean writable, boolean executable)
            implements Translation {}

    /** @param level of the table whose entry says so, 1 to 5 */
    record NotPresent(int level) implements Translation {}

    /**
     * Reserved bits are set, or a table lies where there is no memory.
     *
     * @param level of the table in question, 1 to 5
     */
    record Malformed(int level) implements Translation {}
}
