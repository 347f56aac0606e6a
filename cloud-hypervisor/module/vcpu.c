// SPDX-License-Identifier: GPL-2.0
/*
 * The registers of a tenant's vCPU, for a service that looks for its kernel.
 *
 * They are taken where the vCPU stops anyway: at an exit that L1 is about to see or
 * that an interrupt of the host caused, and when it is held at its entry. All are on
 * the carrier's own thread, where
 * the vendor's control block is in force and nothing of it changes, so neither
 * the vCPU has to be stopped for a question nor KVM's memory be read from another
 * thread. What L1 makes of the control block afterwards is not believed; it shows
 * at the next entry, where the vCPU can be held.
 *
 * The price is a dozen loads and stores per exit to L1, which itself takes
 * thousands of cycles. Accesses that L0 answers itself do not pay.
 *
 * L1's own registers, for a service that watches L1 itself, are taken when its
 * vCPU is about to go on, unless L1 is between its own state and a tenant's: a
 * hypervisor loads some of a tenant's registers by itself, before the entry.
 */
#include "umbra.h"

static void umbra_registers_keep(struct umbra_kept_registers *kept,
				 struct umbra_carrier *carrier)
{
	/* A reader waits for us while we write. */
	preempt_disable();
	write_seqcount_begin(&kept->sequence);
	umbra.backend->capture(carrier, &kept->values);
	kept->known = true;
	write_seqcount_end(&kept->sequence);
	preempt_enable();
}

void umbra_vcpu_capture(struct umbra_carrier *carrier)
{
	struct umbra_tenant_vcpu *vcpu = carrier->current_vcpu;

	if (vcpu && READ_ONCE(carrier->inside))
		umbra_registers_keep(&vcpu->registers, carrier);
}

void umbra_vcpu_capture_own(struct umbra_carrier *carrier)
{
	umbra_registers_keep(&carrier->registers, carrier);
}

static enum umbra_vcpu_state umbra_vcpu_state(const struct umbra_tenant_vcpu *vcpu)
{
	const struct umbra_carrier *carrier = READ_ONCE(vcpu->carrier);

	if (READ_ONCE(vcpu->held))
		return UMBRA_VCPU_HELD;
	if (!carrier || READ_ONCE(carrier->current_vcpu) != vcpu || !READ_ONCE(carrier->inside) ||
	    !umbra_in_tenant(carrier->vcpu))
		return UMBRA_VCPU_STOPPED;
	if (READ_ONCE(vcpu->tenant->paused) && READ_ONCE(carrier->interrupted))
		return UMBRA_VCPU_HELD;
	return UMBRA_VCPU_RUNNING;
}

void umbra_vcpu_tell(const struct umbra_tenant_vcpu *vcpu, struct umbra_vcpu_registers *payload)
{
	enum umbra_vcpu_state state;
	unsigned int sequence;
	bool known;

	do {
		sequence = read_seqcount_begin(&vcpu->registers.sequence);
		state = umbra_vcpu_state(vcpu);
		known = vcpu->registers.known;
		*payload = vcpu->registers.values;
	} while (read_seqcount_retry(&vcpu->registers.sequence, sequence));
	if (!known || vcpu->lost) {
		memset(payload, 0, sizeof(*payload));
		state = UMBRA_VCPU_UNKNOWN;
	}
	payload->state = cpu_to_le32(state);
}

void umbra_vcpu_tell_own(const struct umbra_carrier *carrier, struct umbra_vcpu_registers *payload)
{
	unsigned int sequence;
	bool known;

	do {
		sequence = read_seqcount_begin(&carrier->registers.sequence);
		known = carrier->registers.known;
		*payload = carrier->registers.values;
	} while (read_seqcount_retry(&carrier->registers.sequence, sequence));
	payload->state = cpu_to_le32(known ? UMBRA_VCPU_RUNNING : UMBRA_VCPU_UNKNOWN);
}
