// SPDX-License-Identifier: GPL-2.0
/*
 * What is learned from a tenant's interrupt controllers, where an interrupt then
 * goes, and the reading of the instructions that program them. The fuzz loop
 * feeds arbitrary bytes, copied to the very end of an allocation, so that
 * AddressSanitizer sees any look beyond them.
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

/* ------------------------------------------------------- instructions */

static unsigned long registers[NR_VCPU_REGS];

static s64 decode(bool long_mode, size_t length, const char *code)
{
	u32 value = 0;

	return umbra_decode_store((const u8 *)code, length, long_mode, registers, &value) ?
		(s64)value : -1;
}

static void stores_are_read(void)
{
	u32 i;

	for (i = 0; i < NR_VCPU_REGS; i++)
		registers[i] = 0x1111111100000000ul | i;
	/* mov %ecx,(%rax); mov %r9d,0x10(%rax); mov %r15d,(%rsp) */
	EXPECT(decode(true, 2, "\x89\x08") == 1);
	EXPECT(decode(true, 4, "\x44\x89\x48\x10") == 9);
	EXPECT(decode(true, 4, "\x44\x89\x3c\x24") == 15);
	/* mov %eax,moffs */
	EXPECT(decode(true, 9, "\xa3\x10\x00\xc0\xfe\x00\x00\x00\x00") == 0);
	/* movl $0x12345678,: (%rax); 0x10(%rax); 0x1000(%rax); (%rsp); 0x10(,%rax,4); 0x10(%rip) */
	EXPECT(decode(true, 6, "\xc7\x00\x78\x56\x34\x12") == 0x12345678);
	EXPECT(decode(true, 7, "\xc7\x40\x10\x78\x56\x34\x12") == 0x12345678);
	EXPECT(decode(true, 10, "\xc7\x80\x00\x10\x00\x00\x78\x56\x34\x12") == 0x12345678);
	EXPECT(decode(true, 7, "\xc7\x04\x24\x78\x56\x34\x12") == 0x12345678);
	EXPECT(decode(true, 11, "\xc7\x04\x85\x10\x00\x00\x00\x78\x56\x34\x12") == 0x12345678);
	EXPECT(decode(true, 10, "\xc7\x05\x10\x00\x00\x00\x78\x56\x34\x12") == 0x12345678);
	EXPECT(decode(true, 6, "\xc7\x00\x00\x00\x00\xff") == 0xff000000ll);
	/* A segment prefix. */
	EXPECT(decode(true, 3, "\x65\x89\x08") == 1);
}

static void other_instructions_are_not(void)
{
	EXPECT(decode(true, 0, "") == -1);
	/* register to register; 16 bits; a byte; a load; INC EAX where REX would be; cut short */
	EXPECT(decode(true, 2, "\x89\xc8") == -1);
	EXPECT(decode(true, 3, "\x66\x89\x08") == -1);
	EXPECT(decode(true, 2, "\x88\x08") == -1);
	EXPECT(decode(true, 2, "\x8b\x08") == -1);
	EXPECT(decode(false, 3, "\x41\x89\x08") == -1);
	EXPECT(decode(true, 5, "\xc7\x00\x78\x56\x34") == -1);
	EXPECT(decode(true, 2, "\xc7\x04") == -1);
	EXPECT(decode(true, 1, "\x89") == -1);
	EXPECT(decode(true, 15, "\x67\x67\x67\x67\x67\x67\x67\x67\x67\x67\x67\x67\x67\x67\x67") == -1);
}

static void fuzz_round(void)
{
	static const u8 common[] = { 0x89, 0xc7, 0xa3, 0x67, 0x2e, 0x40, 0x4f, 0x65, 0x04, 0x05 };
	size_t length = random_below(16), i;
	u8 *code = malloc(length);
	u32 value;

	for (i = 0; i < length; i++)
		code[i] = random_below(2) ? common[random_below(sizeof(common))] : random_number();
	umbra_decode_store(code, length, random_below(2), registers, &value);
	free(code);

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
	stores_are_read();
	other_instructions_are_not();
	begin();
	fuzz(argc, argv, "interrupt", fuzz_round);
	return 0;
}
