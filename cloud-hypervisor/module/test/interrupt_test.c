// SPDX-License-Identifier: GPL-2.0
/*
 * What is learned from a tenant's interrupt controllers, and where an interrupt
 * then goes.
 */
#include "test.h"

struct umbra_state umbra;

static int kicks, wakes;
static struct umbra_tenant tenant;
static struct umbra_cloud cloud;
static struct umbra_tenant_vcpu vcpus[2];
static struct kvm_vcpu host_vcpus[2];
static struct umbra_carrier carriers[2];

void kvm_vcpu_kick(struct kvm_vcpu *vcpu)
{
	kicks++;
}

void umbra_device_notify(bool wake)
{
	wakes += wake;
}

static void begin(void)
{
	u32 i;

	memset(&tenant, 0, sizeof(tenant));
	memset(vcpus, 0, sizeof(vcpus));
	memset(carriers, 0, sizeof(carriers));
	kicks = wakes = 0;
	tenant.cloud = &cloud;
	for (i = 0; i < 2; i++) {
		vcpus[i].tenant = &tenant;
		vcpus[i].index = vcpus[i].apic_id = i;
		vcpus[i].carrier = &carriers[i];
		carriers[i].vcpu = &host_vcpus[i];
		carriers[i].current_vcpu = &vcpus[i];
		host_vcpus[i].arch.hflags = 0;
		tenant.vcpus[i] = &vcpus[i];
	}
	tenant.vcpu_count = 2;
	umbra_interrupt_reset(&tenant);
}

static void ioapic(u8 pin, u64 entry)
{
	umbra_interrupt_ioapic_write(&tenant, 0, 0x10 + 2 * pin);
	umbra_interrupt_ioapic_write(&tenant, 0x10, entry);
	umbra_interrupt_ioapic_write(&tenant, 0, 0x11 + 2 * pin);
	umbra_interrupt_ioapic_write(&tenant, 0x10, entry >> 32);
}

static void pic(u16 port, u8 base, bool needs_icw4)
{
	umbra_interrupt_pic_write(&tenant, port, needs_icw4 ? 0x11 : 0x10);
	umbra_interrupt_pic_write(&tenant, port + 1, base);
	umbra_interrupt_pic_write(&tenant, port + 1, 4);
	if (needs_icw4)
		umbra_interrupt_pic_write(&tenant, port + 1, 1);
}

static int due(u32 index)
{
	u8 vector = 0;
	int irq = umbra_interrupt_due(&vcpus[index], &vector);

	return irq < 0 ? -1 : vector;
}

static void nothing_is_due_before_it_is_routed(void)
{
	begin();
	umbra_interrupt_line(&tenant, 4, true);
	EXPECT(due(0) == -1 && due(1) == -1);
	EXPECT(tenant.pending == 1 << 4);
}

static void the_pic_routes_to_the_first_vcpu(void)
{
	begin();
	pic(0x20, 0x30, true);
	pic(0xa0, 0x38, true);
	umbra_interrupt_pic_write(&tenant, 0x21, 0x00);
	umbra_interrupt_line(&tenant, 4, true);
	EXPECT(due(0) == 0x34 && due(1) == -1);
	umbra_interrupt_pic_write(&tenant, 0x21, 0x10);
	EXPECT(due(0) == -1);
	umbra_interrupt_pic_write(&tenant, 0x21, 0x00);
	umbra_interrupt_line(&tenant, 4, false);
	umbra_interrupt_line(&tenant, 12, true);
	EXPECT(due(0) == 0x3c);
	umbra_interrupt_pic_write(&tenant, 0x21, 1 << 2);
	EXPECT(due(0) == -1);
}

static void initialisation_words_are_not_masks(void)
{
	begin();
	pic(0x20, 0x40, false);
	EXPECT(tenant.routing.pic_mask[0] == 0 && tenant.routing.pic_base == 0x40);
	umbra_interrupt_pic_write(&tenant, 0x21, 0xab);
	EXPECT(tenant.routing.pic_mask[0] == 0xab);
	/* OCW2 and OCW3 change neither. */
	umbra_interrupt_pic_write(&tenant, 0x20, 0x20);
	umbra_interrupt_pic_write(&tenant, 0x20, 0x0b);
	EXPECT(tenant.routing.pic_mask[0] == 0xab);
}

static void the_ioapic_goes_before_the_pic(void)
{
	begin();
	pic(0x20, 0x30, true);
	ioapic(4, 1ull << 56 | 0x54);
	umbra_interrupt_line(&tenant, 4, true);
	EXPECT(due(0) == -1 && due(1) == 0x54);
	/* Logical, flat: bit 0. */
	ioapic(4, 1ull << 56 | 1 << 11 | 0x55);
	EXPECT(due(0) == 0x55 && due(1) == -1);
	ioapic(4, 1 << 16 | 0x55);
	umbra_interrupt_pic_write(&tenant, 0x21, 0);
	EXPECT(due(0) == 0x34);
}

static void an_edge_is_delivered_once(void)
{
	begin();
	ioapic(4, 0x54);
	umbra_interrupt_line(&tenant, 4, true);
	umbra_interrupt_line(&tenant, 4, true);
	EXPECT(tenant.stream.counters[UMBRA_COUNTER_INTERRUPTS_RAISED] == 1);
	umbra_interrupt_delivered(&tenant, 4, false);
	umbra_interrupt_delivered(&tenant, 4, true);
	EXPECT(due(0) == -1);
	EXPECT(tenant.stream.counters[UMBRA_COUNTER_INTERRUPTS_INJECTED] == 1);
	EXPECT(!tenant.stream.counters[UMBRA_COUNTER_INTERRUPTS_BY_L1]);
	umbra_interrupt_line(&tenant, 4, false);
	umbra_interrupt_line(&tenant, 4, true);
	EXPECT(due(0) == 0x54);
	umbra_interrupt_line(&tenant, 4, false);
	EXPECT(due(0) == -1);
	EXPECT(tenant.stream.counters[UMBRA_COUNTER_INTERRUPTS_LOWERED] == 1);
}

static void a_running_vcpu_is_kicked_and_a_halted_one_nudged(void)
{
	begin();
	ioapic(4, 0x54);
	host_vcpus[0].arch.hflags = HF_GUEST_MASK;
	umbra_interrupt_line(&tenant, 4, true);
	EXPECT(kicks == 1 && !tenant.nudges);
	umbra_interrupt_line(&tenant, 4, false);
	host_vcpus[0].arch.hflags = 0;
	umbra_interrupt_left(&carriers[0], true);
	EXPECT(!tenant.nudges);
	umbra_interrupt_line(&tenant, 4, true);
	EXPECT(kicks == 1 && tenant.nudges == 1 << 4);
	tenant.nudges = 0;
	umbra_interrupt_left(&carriers[0], true);
	EXPECT(tenant.nudges == 1 << 4);
}

/* The tenant reads a byte, which lowers the line; the next byte raises it at once. */
static void edges_in_quick_succession_are_all_delivered(void)
{
	int i;

	begin();
	pic(0x20, 0x08, true);
	pic(0xa0, 0x70, true);
	for (i = 0; i < 100; i++) {
		u8 irq = i & 1 ? 12 : 1;

		umbra_interrupt_line(&tenant, irq, true);
		EXPECT(due(0) == (irq == 1 ? 0x09 : 0x74));
		/* Taken; the exit of the read takes the offer back before the device hears of it. */
		umbra_interrupt_delivered(&tenant, irq, false);
		EXPECT(due(0) == -1);
		umbra_interrupt_line(&tenant, irq, false);
		umbra_interrupt_line(&tenant, irq, true);
		EXPECT(due(0) == (irq == 1 ? 0x09 : 0x74));
		umbra_interrupt_delivered(&tenant, irq, false);
		umbra_interrupt_line(&tenant, irq, false);
		EXPECT(due(0) == -1 && !tenant.pending);
	}
	EXPECT(tenant.stream.counters[UMBRA_COUNTER_INTERRUPTS_INJECTED] == 200);
	EXPECT(!tenant.stream.counters[UMBRA_COUNTER_INTERRUPTS_LOWERED]);
	/* Both at once: one after the other, none for the other. */
	umbra_interrupt_line(&tenant, 12, true);
	umbra_interrupt_line(&tenant, 1, true);
	EXPECT(due(0) == 0x09);
	umbra_interrupt_delivered(&tenant, 1, false);
	EXPECT(due(0) == 0x74);
}

static void fuzz_round(void)
{
	if (!random_below(256))
		begin();
	umbra_interrupt_ioapic_write(&tenant, random_below(3) * 8, random_number());
	umbra_interrupt_pic_write(&tenant, random_below(2) ? 0x20 + random_below(2) :
				  0xa0 + random_below(2), random_number());
	umbra_interrupt_line(&tenant, random_below(UMBRA_ISA_IRQS), random_below(2));
	EXPECT(due(0) < 256 && due(1) < 256);
	EXPECT(!(tenant.pending & ~tenant.lines));
	EXPECT(!tenant.stream.lock.held);
}

int main(int argc, char **argv)
{
	nothing_is_due_before_it_is_routed();
	the_pic_routes_to_the_first_vcpu();
	initialisation_words_are_not_masks();
	the_ioapic_goes_before_the_pic();
	an_edge_is_delivered_once();
	a_running_vcpu_is_kicked_and_a_halted_one_nudged();
	edges_in_quick_succession_are_all_delivered();
	begin();
	fuzz(argc, argv, "interrupt", fuzz_round);
	return 0;
}
