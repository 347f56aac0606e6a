// SPDX-License-Identifier: GPL-2.0
/*
 * AMD SVM: what an exit of a tenant asks for, and what becomes of it. Section
 * numbers are those of the AMD64 Architecture Programmer's Manual, volume 2.
 */
#include "svm.h"
#include "emulate.h"

#define HLT_LENGTH	1
#define CPUID_FEATURES	1

/* Also ends an interrupt shadow, as completing an instruction does. */
void umbra_svm_set_instruction_pointer(struct kvm_vcpu *vcpu, u64 value)
{
	vcpu->arch.regs[VCPU_REGS_RIP] = value;
	__set_bit(VCPU_REGS_RIP, (unsigned long *)&vcpu->arch.regs_avail);
	__set_bit(VCPU_REGS_RIP, (unsigned long *)&vcpu->arch.regs_dirty);
	umbra_vmcb(vcpu)->control.int_state &= ~SVM_INTERRUPT_SHADOW_MASK;
}

void umbra_svm_skip(struct kvm_vcpu *vcpu, u64 length)
{
	u64 next = umbra_vmcb(vcpu)->control.next_rip;

	umbra_svm_set_instruction_pointer(vcpu,
					  next ?: umbra_svm_instruction_pointer(vcpu) + length);
}

/* --------------------------------------------------------------- port I/O */

/* EXITINFO1 and EXITINFO2 of an IOIO intercept, 15.10.2. */
static enum umbra_verdict umbra_svm_port_access(struct umbra_carrier *carrier, struct vmcb *vmcb)
{
	u64 info = vmcb->control.exit_info_1;
	struct umbra_port_access access = {
		.port = info >> 16,
		.size = (info & SVM_IOIO_SIZE_MASK) >> SVM_IOIO_SIZE_SHIFT,
		.privilege = vmcb->save.cpl,
		.in = info & SVM_IOIO_TYPE_MASK,
		.string = info & SVM_IOIO_STR_MASK,
		.repeated = info & SVM_IOIO_REP_MASK,
		.address_size = (info & SVM_IOIO_ASIZE_MASK) >> SVM_IOIO_ASIZE_SHIFT << 1,
		.next_instruction = vmcb->control.exit_info_2,
		.backwards = vmcb->save.rflags & X86_EFLAGS_DF,
	};

	if (access.size != 1 && access.size != 2 && access.size != 4)
		return UMBRA_PASS;
	if (access.string) {
		/* INS writes through ES; OUTS reads through the segment reported. */
		u8 segment = access.in ? 0 : info >> 10 & 7;

		if (!access.in && !boot_cpu_has(X86_FEATURE_DECODEASSISTS))
			segment = 3;
		access.segment_base = umbra_svm_segment_base(carrier, segment);
		if (access.address_size != 2 && access.address_size != 4 &&
		    access.address_size != 8)
			return UMBRA_PASS;
	}
	return umbra_port_access(carrier, &access);
}

/* ------------------------------------------------------------------- exits */

enum umbra_verdict umbra_svm_exit(struct umbra_carrier *carrier, struct vmcb *vmcb)
{
	struct kvm_vcpu *vcpu = carrier->vcpu;
	struct umbra_tenant_vcpu *current_vcpu = carrier->current_vcpu;
	u8 vector;

	switch (vmcb->control.exit_code) {
	case SVM_EXIT_IOIO:
		return umbra_svm_port_access(carrier, vmcb);
	case SVM_EXIT_VMMCALL:
		if (!umbra_is_ultracall(vcpu))
			return UMBRA_PASS;
		if (umbra_ultracall(carrier, UMBRA_ORIGIN_TENANT, vmcb->save.cpl))
			umbra_svm_skip(vcpu, VMMCALL_LENGTH);
		return UMBRA_DONE;
	case SVM_EXIT_HLT:
		/* With an interrupt due the processor would be awake again at once. */
		if (!(vmcb->save.rflags & X86_EFLAGS_IF) ||
		    umbra_interrupt_due(current_vcpu, &vector) < 0)
			return UMBRA_PASS;
		umbra_svm_skip(vcpu, HLT_LENGTH);
		spin_lock(&current_vcpu->tenant->stream.lock);
		current_vcpu->tenant->stream.counters[UMBRA_COUNTER_HALTS_CANCELLED]++;
		spin_unlock(&current_vcpu->tenant->stream.lock);
		return UMBRA_DONE;
	case SVM_EXIT_VINTR:
		/* L1 waits for an interrupt window. It is open: ours goes first. */
		if (umbra_interrupt_due(current_vcpu, &vector) < 0 ||
		    vcpu->arch.interrupt.injected)
			return UMBRA_PASS;
		umbra_svm_inject_now(vcpu, carrier);
		return UMBRA_DONE;
	case SVM_EXIT_CPUID:
		if ((u32)vcpu->arch.regs[VCPU_REGS_RAX] == CPUID_FEATURES)
			current_vcpu->apic_id_awaited = true;
		return UMBRA_PASS;
	default:
		return UMBRA_PASS;
	}
}

/* ----------------------------------------------------- what L1 gets to see */

/* KVM passes the address of the exit on, if the exit was one of these. */
void umbra_svm_retarget_fault(struct kvm_vcpu *vcpu, u64 address)
{
	umbra_vmcb(vcpu)->control.exit_info_2 = address;
}

/* EXITINFO1 and EXITINFO2 of a nested page fault, 15.25.6; EXITINTINFO, 15.7.2. */
enum umbra_verdict umbra_svm_page_fault(struct umbra_carrier *carrier, struct vmcb *vmcb,
					const union umbra_exception *exception)
{
	const struct vmcb_control_area *control = &vmcb->control;
	bool known;

	if (control->exit_code != SVM_EXIT_NPF)
		return umbra_memory_exit(carrier, exception->fault.address, false, true);
	known = !((exception->fault.address ^ control->exit_info_2) & PAGE_MASK);
	if (!known)
		pr_err_once("umbra: this kernel's struct x86_exception is not known; claimed memory is shut\n");
	return umbra_memory_exit(carrier, control->exit_info_2,
				 control->exit_info_1 & PFERR_WRITE_MASK,
				 known && !(control->exit_info_1 & PFERR_GUEST_PAGE_MASK) &&
				 !(control->exit_int_info & SVM_EXITINTINFO_VALID));
}
