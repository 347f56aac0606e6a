/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the parts of AMD SVM: svm.c, where KVM is hooked, svm_exit.c, svm_interrupt.c and svm_state.c. */
#ifndef UMBRA_SVM_H
#define UMBRA_SVM_H

#include <asm/svm.h>

#include "umbra.h"

#define VMMCALL_LENGTH	3	/* 0f 01 d9 */

struct umbra_machine;
union umbra_exception;

/* The control block in force. What lies behind struct kvm_vcpu is checked in svm.c before its first use. */
static inline struct vmcb *umbra_vmcb(struct kvm_vcpu *vcpu)
{
	return *(struct vmcb **)PTR_ALIGN((u8 *)vcpu + sizeof(*vcpu), sizeof(void *));
}

static inline u64 umbra_svm_instruction_pointer(struct kvm_vcpu *vcpu)
{
	return vcpu->arch.regs[VCPU_REGS_RIP];
}

u64 umbra_svm_segment_base(struct umbra_carrier *carrier, u8 segment);
void umbra_svm_describe(struct kvm_vcpu *vcpu, struct umbra_machine *machine);
void umbra_svm_capture(struct umbra_carrier *carrier, struct umbra_vcpu_registers *registers);

/* Exits, svm_exit.c. */
void umbra_svm_set_instruction_pointer(struct kvm_vcpu *vcpu, u64 value);
void umbra_svm_skip(struct kvm_vcpu *vcpu, u64 length);
enum umbra_verdict umbra_svm_exit(struct umbra_carrier *carrier, struct vmcb *vmcb);
void umbra_svm_retarget_fault(struct kvm_vcpu *vcpu, u64 address);
enum umbra_verdict umbra_svm_page_fault(struct umbra_carrier *carrier, struct vmcb *vmcb,
					const union umbra_exception *exception);

/* Interrupts at an entry, svm_interrupt.c. */
void umbra_svm_interrupts_init(void);
void umbra_svm_inject_now(struct kvm_vcpu *vcpu, struct umbra_carrier *carrier);
void umbra_svm_injected_by_l1(struct umbra_carrier *carrier, const struct vmcb *vmcb);
void umbra_svm_offer(struct umbra_carrier *carrier);
void umbra_svm_take_back(struct umbra_carrier *carrier);
bool umbra_svm_shut_window(struct vmcb_control_area *control);
void umbra_svm_open_window(struct vmcb_control_area *control);

#endif
