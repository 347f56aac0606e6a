/* SPDX-License-Identifier: GPL-2.0 */
/* Between the two halves of Intel VMX: vmx.c, where KVM is hooked, and vmx_exit.c. */
#ifndef UMBRA_VMX_H
#define UMBRA_VMX_H

#include "umbra.h"
#include "vmcs.h"

/* What was put into the VMCS for one entry. */
struct umbra_vmx_offer {
	int irq;
	bool window;
	u32 controls;		/* as they were */
};

/* KVM's own, found when the hooks are installed. */
extern int (*umbra_vmx_get_msr)(struct kvm_vcpu *vcpu, struct msr_data *msr);

u64 umbra_vmx_instruction_pointer(struct kvm_vcpu *vcpu);
void umbra_vmx_set_instruction_pointer(struct kvm_vcpu *vcpu, u64 value);
void umbra_vmx_skip(struct kvm_vcpu *vcpu);
u8 umbra_vmx_privilege(void);
enum umbra_verdict umbra_vmx_exit(struct umbra_carrier *carrier, u32 reason, u64 qualification);
void umbra_vmx_describe(struct kvm_vcpu *vcpu, struct umbra_machine *machine);
void umbra_vmx_capture(struct umbra_carrier *carrier, struct umbra_vcpu_registers *registers);
void umbra_vmx_retarget_fault(struct kvm_vcpu *vcpu, u64 address);
enum umbra_verdict umbra_vmx_page_fault(struct umbra_carrier *carrier, u32 reason,
					u64 qualification, u64 address);
void umbra_vmx_offer(struct umbra_carrier *carrier, struct umbra_vmx_offer *offer);
void umbra_vmx_take_back(struct umbra_carrier *carrier, const struct umbra_vmx_offer *offer);

#endif
