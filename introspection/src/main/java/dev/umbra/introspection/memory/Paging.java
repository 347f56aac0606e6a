// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

import dev.umbra.cloudhypervisor.VcpuRegisters;

/**
 * How a processor reads its page tables in long mode.
 *
 * @param levels 4 or 5
 * @param noExecute whether bit 63 of an entry forbids execution; it is reserved otherwise
 */
public record Paging(int levels, boolean noExecute) {
    /** What nearly every 64-bit system runs with. */
    public static final Paging FOUR_LEVELS = new Paging(4, true);
    /** With 57-bit addresses. */
    public static final Paging FIVE_LEVELS = new Paging(5, true);

    private static final long CR4_LA57 = 1 << 12;
    private static final long EFER_NXE = 1 << 11;

    public Paging {
        if (levels != 4 && levels != 5) {
            throw new IllegalArgumentException("long mode has 4 or 5 levels, not " + levels);
        }
    }

    /** As the registers of a processor in long mode say. */
    public static Paging of(VcpuRegisters registers) {
        return new Paging((registers.cr4() & CR4_LA57) != 0 ? 5 : 4, (registers.efer() & EFER_NXE) != 0);
    }

    /** Whether all address bits above those translated are equal. */
    public boolean canonical(long virtual) {
        int unused = levels == 5 ? 7 : 16;
        return virtual << unused >> unused == virtual;
    }

    /** The lowest canonical address above those that programs use. */
    long upperHalf() {
        return levels == 5 ? 0xff00_0000_0000_0000L : 0xffff_8000_0000_0000L;
    }
}
