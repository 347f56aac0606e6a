// SPDX-License-Identifier: GPL-2.0
/*
 * AMD SVM: what a stopped vCPU of a tenant has loaded. Section numbers are those
 * of the AMD64 Architecture Programmer's Manual, volume 2.
 *
 * The state is in two control blocks. VMRUN and the exit exchange most of it with
 * the block they are given, the one in force. FS, GS and the registers of SYSCALL
 * and SWAPGS they leave alone (15.5.1); VMLOAD and VMSAVE move these, and KVM
 * makes both with L0's own block of L1, whomever it runs. That block is the one in
 * force when L1 asks for an entry, and is remembered then.
 */
#include "svm.h"
#include "emulate.h"

#define EFER_LMA_BIT	BIT_ULL(10)
#define SVM_CODE_LONG	BIT(9)	/* L in the packed segment attributes, 15.5.1 */
#define SVM_CODE_BIG	BIT(10)
#define SEGMENT_FS	4	/* the order of the instruction set: ES CS SS DS FS GS */

static bool umbra_svm_long_mode(const struct vmcb *vmcb)
{
	return vmcb->save.efer & EFER_LMA_BIT && vmcb->save.cs.attrib & SVM_CODE_LONG;
}

u64 umbra_svm_segment_base(struct umbra_carrier *carrier, u8 segment)
{
	const struct vmcb *vmcb = umbra_vmcb(carrier->vcpu), *own = carrier->own_block;
	const struct vmcb_seg *segments[] = {
		&vmcb->save.es, &vmcb->save.cs, &vmcb->save.ss,
		&vmcb->save.ds, &own->save.fs, &own->save.gs,
	};

	if (segment >= ARRAY_SIZE(segments) ||
	    (segment < SEGMENT_FS && umbra_svm_long_mode(vmcb)))
		return 0;
	return segments[segment]->base;
}

void umbra_svm_describe(struct kvm_vcpu *vcpu, struct umbra_machine *machine)
{
	struct umbra_carrier *carrier = umbra_carrier_of(vcpu);
	const struct vmcb *vmcb = umbra_vmcb(vcpu);
	u8 segment;

	machine->instruction_pointer = umbra_svm_instruction_pointer(vcpu);
	machine->code_size = umbra_svm_long_mode(vmcb) ? 8 :
			     vmcb->save.cs.attrib & SVM_CODE_BIG ? 4 : 2;
	for (segment = 0; segment < UMBRA_SEGMENTS; segment++)
		machine->bases[segment] = umbra_svm_segment_base(carrier, segment);
}

/*
 * KVM adds bits of its own to the control registers of the block; the tenant's are in
 * struct kvm_vcpu. Right after an exit those that the tenant changes by itself are in
 * the block alone: CR3, since paging is nested, and CR0 where writing it is not
 * intercepted.
 */
void umbra_svm_capture(struct umbra_carrier *carrier, struct umbra_vcpu_registers *registers)
{
	const struct kvm_vcpu_arch *arch = &carrier->vcpu->arch;
	const struct vmcb *vmcb = umbra_vmcb(carrier->vcpu), *own = carrier->own_block;

	bool in_block = carrier->exit_unhandled;
	bool cr0_in_block = in_block && !(vmcb->control.intercepts[INTERCEPT_CR] &
					  BIT(INTERCEPT_CR0_WRITE));

	registers->cr0 = cpu_to_le64(cr0_in_block ? vmcb->save.cr0 : arch->cr0);
	registers->cr3 = cpu_to_le64(in_block ? vmcb->save.cr3 : arch->cr3);
	registers->cr4 = cpu_to_le64(arch->cr4);
	registers->efer = cpu_to_le64(arch->efer);
	registers->gdt_base = cpu_to_le64(vmcb->save.gdtr.base);
	registers->idt_base = cpu_to_le64(vmcb->save.idtr.base);
	registers->idt_limit = cpu_to_le32(vmcb->save.idtr.limit & 0xffff);
	registers->privilege = cpu_to_le32(vmcb->save.cpl & 3);
	registers->lstar = cpu_to_le64(own->save.lstar);
	registers->gs_base = cpu_to_le64(own->save.gs.base);
	registers->kernel_gs_base = cpu_to_le64(own->save.kernel_gs_base);
	registers->rip = cpu_to_le64(arch->regs[VCPU_REGS_RIP]);
	registers->rsp = cpu_to_le64(arch->regs[VCPU_REGS_RSP]);
}
