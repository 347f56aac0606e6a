// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

/**
 * What the processor has loaded for one vCPU of a VM: enough to find its page tables, its kernel and where it is.
 * As L0 has it; the untrusted hypervisor is not asked.
 *
 * @param vcpu index within a tenant VM, from 0; of a cloud VM, the number its hypervisor process gave it
 * @param cr3 root of the tenant's page tables, with its low and high bits as the tenant set them
 * @param lstar where SYSCALL in 64-bit mode goes
 * @param gsBase base of GS in force, the kernel's or the user's
 * @param kernelGsBase what SWAPGS exchanges it with
 * @param cpl current privilege level, 0 to 3
 * @param exact whether these are the values in force: the vCPU was held at its entry, or belongs to an image at rest. If
 *     not, it runs, or the untrusted hypervisor has it, and they are those of its last exit
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
        int cpl,
        boolean exact) {
    private static final long CR0_PG = 1L << 31;
    private static final long EFER_LMA = 1 << 10;

    /** Registers of a vCPU at rest. */
    public VcpuRegisters(
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
        this(vcpu, cr0, cr3, cr4, efer, gdtBase, idtBase, idtLimit, lstar, gsBase, kernelGsBase, rip, rsp, cpl, true);
    }

    /** Whether the processor runs in long mode with paging, without which there is no 64-bit kernel to look for. */
    public boolean longMode() {
        return (cr0 & CR0_PG) != 0 && (efer & EFER_LMA) != 0;
    }
}
