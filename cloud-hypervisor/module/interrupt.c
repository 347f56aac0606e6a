// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts into a tenant VM whose interrupt controllers belong to L1.
 *
 * The line of a shadow device is kept here. A rising edge is pending until it
 * is delivered or the line falls. Which vCPU and vector it goes to is what the
 * tenant itself programmed: its PIC is reached by port exits and its IOAPIC by
 * nested page faults, and both pass L0 on their way to L1.
 *
 * Delivery is by the processor's own virtual interrupt of the entry that L0
 * really makes (see svm.c), so it waits for RFLAGS.IF like any other interrupt
 * and needs nothing from L1. A vCPU that L1 has put to sleep makes no entry;
 * for that one the service is asked to nudge L1 from inside. If L1 ignores the
 * nudge the interrupt is delivered at the next entry: late, never lost.
 *
 * A device that makes edges in quick succession, one byte read and the next one
 * raising the line again, loses none. What was offered is taken back at the exit
 * that the read of the byte makes, before the service hears of it, so the edge
 * that follows is a new one. An edge that falls between the taking of an interrupt
 * and the next exit is counted as part of it; the tenant's handler has not looked
 * at the device then, since looking is an exit.
 *
 * L1's local APIC does not know of an interrupt delivered this way. The
 * tenant's EOI then finds nothing in service, which is allowed (Intel SDM
 * volume 3, 11.8.5: no effect).
 */
#include "umbra.h"

#define IOAPIC_MASKED		(1ull << 16)
#define IOAPIC_LOGICAL		(1ull << 11)
#define IOAPIC_LOWEST_PRIORITY	1
#define IOAPIC_REGISTER_SELECT	0x00
#define IOAPIC_WINDOW		0x10
#define IOAPIC_FIRST_ENTRY	0x10

#define PIC_MASTER		0x20
#define PIC_SLAVE		0xa0
#define PIC_ICW1		0x10
#define PIC_ICW1_NEEDS_ICW4	0x01
#define PIC_ICW1_SINGLE		0x02

/* -------------------------------------------------- what the tenant programs */

void umbra_interrupt_reset(struct umbra_tenant *tenant)
{
	struct umbra_interrupt_routing *routing = &tenant->routing;

	memset(routing, 0, sizeof(*routing));
	memset(routing->pic_mask, 0xff, sizeof(routing->pic_mask));
	memset64(routing->ioapic_entries, IOAPIC_MASKED, UMBRA_IOAPIC_PINS);
}

/* A byte the tenant writes to some port that L1 serves. */
void umbra_interrupt_pic_write(struct umbra_tenant *tenant, u16 port, u8 value)
{
	struct umbra_interrupt_routing *routing = &tenant->routing;
	bool slave = (port & ~1) == PIC_SLAVE;
	u8 *expected = &routing->pic_initialisation[slave];

	if ((port & ~1) != PIC_MASTER && !slave)
		return;
	if (!(port & 1)) {
		if (value & PIC_ICW1) {
			/* Steps to come, lowest first: ICW2, ICW3 unless single, ICW4. */
			*expected = 1 | (value & PIC_ICW1_SINGLE ? 0 : 2) |
				    (value & PIC_ICW1_NEEDS_ICW4 ? 4 : 0);
			routing->pic_mask[slave] = 0;
		}
		return;
	}
	if (*expected & 1) {
		if (slave)
			routing->pic_base_slave = value & 0xf8;
		else
			routing->pic_base = value & 0xf8;
		routing->pic_ready = true;
	}
	if (*expected)
		*expected &= *expected - 1;
	else
		WRITE_ONCE(routing->pic_mask[slave], value);
}

/* A word the tenant writes into its IOAPIC's page. */
void umbra_interrupt_ioapic_write(struct umbra_tenant *tenant, u64 offset, u32 value)
{
	struct umbra_interrupt_routing *routing = &tenant->routing;
	u32 pin;
	u64 entry;

	if (offset == IOAPIC_REGISTER_SELECT) {
		routing->ioapic_index = value;
		return;
	}
	if (offset != IOAPIC_WINDOW || routing->ioapic_index < IOAPIC_FIRST_ENTRY)
		return;
	pin = (routing->ioapic_index - IOAPIC_FIRST_ENTRY) / 2;
	if (pin >= UMBRA_IOAPIC_PINS)
		return;
	entry = routing->ioapic_entries[pin];
	if (routing->ioapic_index & 1)
		entry = (entry & 0xffffffffull) | (u64)value << 32;
	else
		entry = (entry & ~0xffffffffull) | value;
	WRITE_ONCE(routing->ioapic_entries[pin], entry);
}

/* ---------------------------------------------------------------- delivery */

static u32 umbra_vcpu_count(const struct umbra_tenant *tenant)
{
	return smp_load_acquire(&tenant->vcpu_count);
}

/* The vCPU an IOAPIC entry names; the first where none fits. */
static struct umbra_tenant_vcpu *umbra_destination(struct umbra_tenant *tenant, u64 entry)
{
	u8 destination = entry >> 56;
	u32 count = umbra_vcpu_count(tenant);
	u32 i;

	for (i = 0; i < count; i++) {
		struct umbra_tenant_vcpu *vcpu = tenant->vcpus[i];
		bool named = entry & IOAPIC_LOGICAL ?
			vcpu->apic_id < 8 && destination & 1u << vcpu->apic_id :
			vcpu->apic_id == destination;

		if (named && !vcpu->lost)
			return vcpu;
	}
	return count ? tenant->vcpus[0] : NULL;
}

/* Where the interrupt goes now; false: nowhere, it is masked. */
static bool umbra_route(struct umbra_tenant *tenant, u8 irq, struct umbra_tenant_vcpu **vcpu,
			u8 *vector)
{
	struct umbra_interrupt_routing *routing = &tenant->routing;
	/* ISA interrupt 0 is wired to pin 2, all others to the pin of their number. */
	u64 entry = READ_ONCE(routing->ioapic_entries[irq ? irq : 2]);
	u8 mode = entry >> 8 & 7;

	if (!(entry & IOAPIC_MASKED) && mode <= IOAPIC_LOWEST_PRIORITY && (entry & 0xff) >= 16) {
		*vector = entry;
		*vcpu = umbra_destination(tenant, entry);
		return *vcpu;
	}
	if (routing->pic_ready && umbra_vcpu_count(tenant)) {
		bool slave = irq >= 8;
		u8 base = slave ? routing->pic_base_slave : routing->pic_base;
		bool masked = READ_ONCE(routing->pic_mask[slave]) & 1 << (irq & 7) ||
			      (slave && READ_ONCE(routing->pic_mask[0]) & 1 << 2);

		*vector = base + (irq & 7);
		*vcpu = tenant->vcpus[0];
		return !masked;
	}
	return false;
}

static void umbra_nudge(struct umbra_tenant *tenant, u8 irq)
{
	set_bit(irq, &tenant->nudges);
	umbra_device_notify(true);
}

/* Any thread: the level of a shadow device's line. */
void umbra_interrupt_line(struct umbra_tenant *tenant, u8 irq, bool level)
{
	struct umbra_stream *stream = &tenant->stream;
	struct umbra_carrier *carrier;
	struct umbra_tenant_vcpu *vcpu = NULL;
	u16 bit = 1 << irq;
	u8 vector;

	spin_lock(&stream->lock);
	if (level == !!(tenant->lines & bit)) {
		spin_unlock(&stream->lock);
		return;
	}
	tenant->lines ^= bit;
	if (level) {
		tenant->pending |= bit;
		stream->counters[UMBRA_COUNTER_INTERRUPTS_RAISED]++;
	} else if (tenant->pending & bit) {
		tenant->pending &= ~bit;
		stream->counters[UMBRA_COUNTER_INTERRUPTS_LOWERED]++;
	}
	spin_unlock(&stream->lock);
	if (!level)
		return;

	/* Pairs with the barrier in umbra_interrupt_left(): one of us sees the other. */
	smp_mb();
	if (!umbra_route(tenant, irq, &vcpu, &vector)) {
		/* Masked, or programmed before this module was loaded: L1 knows. */
		umbra_nudge(tenant, irq);
		return;
	}
	rcu_read_lock();
	carrier = READ_ONCE(vcpu->carrier);
	if (carrier && umbra_in_tenant(carrier->vcpu) &&
	    READ_ONCE(carrier->current_vcpu) == vcpu) {
		kvm_vcpu_kick(carrier->vcpu);
	} else if (READ_ONCE(vcpu->halted)) {
		umbra_nudge(tenant, irq);
	}
	rcu_read_unlock();
}

int umbra_interrupt_due(struct umbra_tenant_vcpu *vcpu, u8 *vector)
{
	struct umbra_tenant *tenant = vcpu->tenant;
	u16 pending = READ_ONCE(tenant->pending);
	struct umbra_tenant_vcpu *destination;
	u8 irq;

	if (likely(!pending))
		return -1;
	for (irq = 0; irq < UMBRA_ISA_IRQS; irq++)
		if (pending & 1 << irq && umbra_route(tenant, irq, &destination, vector) &&
		    destination == vcpu)
			return irq;
	return -1;
}

/* The tenant took the interrupt, from the processor or from L1. */
void umbra_interrupt_delivered(struct umbra_tenant *tenant, u8 irq, bool by_l1)
{
	struct umbra_stream *stream = &tenant->stream;

	spin_lock(&stream->lock);
	if (tenant->pending & 1 << irq) {
		tenant->pending &= ~(1 << irq);
		stream->counters[by_l1 ? UMBRA_COUNTER_INTERRUPTS_BY_L1 :
					 UMBRA_COUNTER_INTERRUPTS_INJECTED]++;
	}
	spin_unlock(&stream->lock);
}

/* The carrier went from its tenant VM to L1. */
void umbra_interrupt_left(struct umbra_carrier *carrier, bool halted)
{
	struct umbra_tenant_vcpu *vcpu = carrier->current_vcpu;
	u8 vector;
	int irq;

	/* Posted writes have waited for company long enough. */
	umbra_device_notify(umbra_stream_unread(&vcpu->tenant->stream));
	if (!halted)
		return;
	WRITE_ONCE(vcpu->halted, true);
	smp_mb();
	irq = umbra_interrupt_due(vcpu, &vector);
	if (irq >= 0)
		umbra_nudge(vcpu->tenant, irq);
}
