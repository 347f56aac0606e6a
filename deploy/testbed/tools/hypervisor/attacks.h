/* SPDX-License-Identifier: GPL-2.0 */
/* What a hypervisor that breaks its word does to an entry into a VM. */
#ifndef TEST_HYPERVISOR_ATTACKS_H
#define TEST_HYPERVISOR_ATTACKS_H

#include <asm/svm.h>
#include <linux/kvm_host.h>

/* How struct vcpu_svm begins, which KVM keeps to itself. Checked before it is used. */
struct processor {
	struct kvm_vcpu vcpu;
	struct vmcb *vmcb;		/* the control block in force ... */
	struct {
		struct vmcb *vmcb;
		unsigned long address;	/* ... and where VMRUN is told it is */
	} own;
};

/* What belongs to a VM: of the processor it was last entered with. */
struct belongings {
	u64 root;
	u64 map;
	unsigned long block;
};

struct attack {
	const char *name;
	/* Puts what is the victim's in place of the processor's own, which goes to kept. */
	void (*take)(struct processor *processor, const struct belongings *victim,
		     struct belongings *kept);
	void (*restore)(struct processor *processor, const struct belongings *kept);
};

extern const struct attack attacks[];

#endif
