// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

/**
 * Registers of one virtual processor that lead into its kernel, as they were when it last left the guest.
 *
 * @param vcpu number of the processor
 * @param cr3 root of the page tables in use, with the process context identifier in the low bits
 * @param efer extended features: long mode, no-execute
 * @param gdtBase address of the global descriptor table
 * @param idtBase address of the interrupt descriptor table
 * @param idtLimit its last byte
 * @param lstar where {@code SYSCALL} goes
 * @param gsBase base of GS now: per-CPU data in the kernel, the program's own outside
 * @param kernelGsBase what {@code SWAPGS} exchanges it with
 * @param cpl current privilege level, 0 for the kernel, 3 for programs
 */
public record VcpuRegisters(
        int vcpu,
        long cr0,
        long cr3,
        long cr4,
        long efer,
        long gdtBase,
        long idtBase,
        int idtLimit,
        long lstar,
        long gsBase,
        long kernelGsBase,
        long rip,
        long rsp,
        int cpl) {
    private static final long CR0_PG = 1L << 31;
    private static final long EFER_LMA = 1 << 10;

    /** Whether the processor runs in long mode with paging, without which there is no 64-bit kernel to look for. */
    public boolean longMode() {
        return (cr0 & CR0_PG) != 0 && (efer & EFER_LMA) != 0;
    }
}
