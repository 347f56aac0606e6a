/* SPDX-License-Identifier: GPL-2.0 */
/* Between the two halves of AMD SVM: svm.c, where KVM is hooked, and svm_state.c. */
#ifndef UMBRA_SVM_H
#define UMBRA_SVM_H

#include <asm/svm.h>

#include "umbra.h"

struct umbra_machine;

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

#endif
