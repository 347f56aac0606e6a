// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting on behalf of a tenant's vCPU without taking the CPU away from L1.
 *
 * The carrier is a vCPU of the cloud VM. While a claimed access waits for the
 * service, an interrupt of L1 may become pending on it: then the wait is given
 * up, KVM makes its nested exit to L1 as always, and when L1 enters the tenant
 * again the instruction runs again and asks again. Only once a service has read
 * the question may it have acted on it; from then on the answer is waited for,
 * interrupted by a fatal signal alone.
 *
 * The sleep is on KVM's own wait object of the vCPU, so that every kick of KVM
 * ends it.
 */
#include <linux/sched/signal.h>

#include "umbra.h"

/* KVM has something to do for L1 on it. */
bool umbra_carrier_wanted(struct kvm_vcpu *vcpu)
{
	return signal_pending(current) || kvm_request_pending(vcpu) ||
	       vcpu->arch.nmi_pending || vcpu->arch.smi_pending || kvm_cpu_has_interrupt(vcpu);
}

bool umbra_carrier_wait(struct kvm_vcpu *vcpu, bool (*ready)(void *), void *argument,
			const bool *delivered)
	__releases(&vcpu->kvm->srcu) __acquires(&vcpu->kvm->srcu)
{
	struct rcuwait *wait = kvm_arch_vcpu_get_wait(vcpu);
	bool done;

	kvm_vcpu_srcu_read_unlock(vcpu);
	prepare_to_rcuwait(wait);
	for (;;) {
		bool committed = delivered && READ_ONCE(*delivered);

		set_current_state(committed ? TASK_KILLABLE : TASK_INTERRUPTIBLE);
		done = ready(argument);
		if (done || fatal_signal_pending(current) || READ_ONCE(umbra.unloading))
			break;
		if (delivered && !committed && READ_ONCE(*delivered))
			continue;
		if (!committed && umbra_carrier_wanted(vcpu))
			break;
		schedule();
	}
	finish_rcuwait(wait);
	kvm_vcpu_srcu_read_lock(vcpu);
	return done;
}

/* Ends the carrier's sleep, or makes it leave the guest and look again. */
void umbra_carrier_kick(struct kvm_vcpu *vcpu)
{
	kvm_vcpu_wake_up(vcpu);
	kvm_vcpu_kick(vcpu);
}
