// SPDX-License-Identifier: GPL-2.0
/*
 * Port accesses: what is claimed, how writes share frames, and the register
 * arithmetic of the string forms, next to a model that moves one element at a
 * time as a processor does. The tenant's memory is a small array here.
 */
#include "test.h"

#define MEMORY 4096

static u8 memory[MEMORY];
static u64 instruction_pointer;
static int faults, other_faults, pic_writes, calls;
static bool refuse;
static u8 next_input;

static struct umbra_cloud cloud = { .id = 3 };
static struct umbra_tenant tenant;
static struct umbra_tenant_vcpu tenant_vcpu;
static struct kvm_vcpu vcpu;
static struct umbra_carrier carrier;
static u8 buffer[64 * 1024];

static void set_instruction_pointer(struct kvm_vcpu *vcpu, u64 value)
{
	instruction_pointer = value;
}

static const struct umbra_backend backend = {
	.set_instruction_pointer = set_instruction_pointer,
};

struct umbra_state umbra = { .backend = &backend };

static bool outside(u64 address, unsigned int bytes)
{
	return address >= MEMORY || bytes > MEMORY - address;
}

int kvm_read_guest_virt(struct kvm_vcpu *vcpu, gva_t address, void *value, unsigned int bytes,
			struct x86_exception *exception)
{
	if (outside(address, bytes)) {
		*(u8 *)exception = PF_VECTOR;
		return 1;
	}
	memcpy(value, memory + address, bytes);
	return 0;
}

int kvm_write_guest_virt_system(struct kvm_vcpu *vcpu, gva_t address, void *value,
				unsigned int bytes, struct x86_exception *exception)
{
	EXPECT(!outside(address, bytes));
	memcpy(memory + address, value, bytes);
	return 0;
}

void kvm_inject_emulated_page_fault(struct kvm_vcpu *vcpu, struct x86_exception *exception)
{
	faults++;
}

void kvm_queue_exception_e(struct kvm_vcpu *vcpu, unsigned int vector, u32 error_code)
{
	other_faults++;
}

void umbra_device_notify(bool wake)
{
}

void umbra_interrupt_pic_write(struct umbra_tenant *tenant, u16 port, u8 value)
{
	pic_writes++;
}

bool umbra_wait_for_room(struct kvm_vcpu *vcpu, struct umbra_stream *stream, bool bound)
{
	return !umbra_stream_full(stream) && !refuse;
}

bool umbra_ask(struct kvm_vcpu *vcpu, struct umbra_stream *stream,
	       struct umbra_request *request, const struct umbra_question *question)
{
	u32 i;

	EXPECT(question->reply_length <= sizeof(request->data) && question->reply_length);
	if (refuse)
		return false;
	for (i = 0; i < question->reply_length; i++)
		request->data[i] = next_input++;
	return true;
}

bool umbra_register_call(struct umbra_carrier *carrier, u16 port, u8 privilege)
{
	if (refuse)
		return false;
	calls++;
	vcpu.arch.regs[VCPU_REGS_RAX] = 0x564d5868;
	return true;
}

static void begin(void)
{
	if (tenant.stream.entries)
		umbra_stream_free(&tenant.stream);
	memset(&tenant, 0, sizeof(tenant));
	memset(&tenant_vcpu, 0, sizeof(tenant_vcpu));
	memset(&vcpu, 0, sizeof(vcpu));
	EXPECT(!umbra_stream_init(&tenant.stream));
	tenant.id = 7;
	tenant.cloud = &cloud;
	tenant_vcpu.tenant = &tenant;
	carrier.vcpu = &vcpu;
	carrier.current_vcpu = &tenant_vcpu;
	faults = other_faults = pic_writes = calls = 0;
	refuse = false;
	instruction_pointer = 0;
	umbra_port_claim(&tenant, 0x3f8, 8, UMBRA_CLAIM_SERVED);
}

static enum umbra_verdict out(u16 port, u8 size, u32 value)
{
	struct umbra_port_access access = { .port = port, .size = size, .next_instruction = 99 };

	vcpu.arch.regs[VCPU_REGS_RAX] = value;
	return umbra_port_access(&carrier, &access);
}

static u64 in(u16 port, u8 size, u64 before)
{
	struct umbra_port_access access = {
		.port = port, .size = size, .in = true, .next_instruction = 99,
	};

	vcpu.arch.regs[VCPU_REGS_RAX] = before;
	EXPECT(umbra_port_access(&carrier, &access) == UMBRA_DONE);
	return vcpu.arch.regs[VCPU_REGS_RAX];
}

static void what_is_not_claimed_passes(void)
{
	begin();
	EXPECT(out(0x2f8, 1, 0) == UMBRA_PASS && out(0x400, 4, 0) == UMBRA_PASS);
	EXPECT(out(0x21, 1, 0) == UMBRA_PASS && pic_writes == 2);
	EXPECT(!umbra_stream_unread(&tenant.stream) && !instruction_pointer);
	/* Any byte of the access decides. */
	EXPECT(out(0x3f6, 4, 0) == UMBRA_DONE && out(0x3ff, 2, 0) == UMBRA_DONE);
	EXPECT(instruction_pointer == 99);
	umbra_port_claim(&tenant, 0x3f8, 8, UMBRA_CLAIM_NONE);
	EXPECT(out(0x3f8, 1, 0) == UMBRA_PASS);
	umbra_port_claim(&tenant, 0xffff, 65535, UMBRA_CLAIM_SERVED);
	EXPECT(out(0xffff, 1, 0) == UMBRA_DONE && out(0, 1, 0) == UMBRA_PASS);
}

static void writes_to_one_port_share_a_frame(void)
{
	struct umbra_port_write *payload = (void *)(buffer + sizeof(struct umbra_frame_header));
	int i;

	begin();
	for (i = 0; i < 300; i++)
		out(0x3f8, 1, i);
	EXPECT(tenant.stream.tail == 2);
	EXPECT(umbra_stream_read(&tenant.stream, buffer, sizeof(buffer)) ==
	       2 * (32 + 8) + 256 + 48);
	EXPECT(payload->port == 0x3f8 && payload->size == 1 && payload->count == 256);
	EXPECT(payload->data[0] == 0 && payload->data[255] == 255);
	out(0x3f8, 1, 1);
	out(0x3f9, 1, 2);
	out(0x3f8, 2, 3);
	EXPECT(tenant.stream.tail == 5);
	EXPECT(tenant.stream.counters[UMBRA_COUNTER_PORT_WRITES] == 303);
}

static void reads_change_what_their_size_covers(void)
{
	begin();
	next_input = 0x80;
	EXPECT(in(0x3f8, 1, 0x1122334455667788ull) == 0x1122334455667780ull);
	EXPECT(in(0x3f8, 2, 0x1122334455667788ull) == 0x1122334455668281ull);
	EXPECT(in(0x3f8, 4, 0x1122334455667788ull) == 0x86858483ull);
}

static void a_latch_answers_until_the_next_access(void)
{
	begin();
	next_input = 1;
	tenant.latches[3] = (struct umbra_latch_slot){ 0x3fd, true, 0x60, 0 };
	EXPECT(in(0x3fd, 1, 0) == 0x60 && next_input == 1);
	EXPECT(in(0x3fc, 1, 0) == 1);
	out(0x3f8, 1, 'x');
	EXPECT(in(0x3fd, 1, 0) == 2);
	umbra_stream_read(&tenant.stream, buffer, sizeof(buffer));
	EXPECT(in(0x3fd, 1, 0) == 3);
	tenant.latches[3].sequence = 1;
	EXPECT(in(0x3fd, 1, 0) == 0x60);
}

static void an_access_given_up_changes_nothing(void)
{
	struct umbra_port_access access = {
		.port = 0x3f8, .size = 1, .in = true, .string = true, .repeated = true,
		.address_size = 8, .next_instruction = 99,
	};

	begin();
	refuse = true;
	vcpu.arch.regs[VCPU_REGS_RCX] = 5;
	vcpu.arch.regs[VCPU_REGS_RDI] = 100;
	EXPECT(umbra_port_access(&carrier, &access) == UMBRA_DONE);
	EXPECT(!instruction_pointer && vcpu.arch.regs[VCPU_REGS_RCX] == 5);
	EXPECT(vcpu.arch.regs[VCPU_REGS_RDI] == 100);
}

static void observed_accesses_pass_and_are_told(void)
{
	struct umbra_port_access access = {
		.port = 0xcfc, .size = 2, .in = true, .next_instruction = 99,
	};
	struct umbra_port_observed *payload = (void *)(buffer + sizeof(struct umbra_frame_header));

	begin();
	umbra_port_claim(&tenant, 0xcf8, 8, UMBRA_CLAIM_OBSERVED);
	EXPECT(out(0xcf8, 4, 0x80001234) == UMBRA_PASS && !instruction_pointer);
	EXPECT(umbra_stream_read(&tenant.stream, buffer, sizeof(buffer)) == 40);
	EXPECT(payload->port == 0xcf8 && payload->size == 4 && payload->value == 0x80001234);
	EXPECT(payload->direction == UMBRA_DIRECTION_WRITE);
	/* A read is told once L1 has gone on behind it. */
	EXPECT(umbra_port_access(&carrier, &access) == UMBRA_PASS);
	EXPECT(!umbra_stream_unread(&tenant.stream));
	vcpu.arch.regs[VCPU_REGS_RAX] = 0xaaaaaaaa1111ul;
	umbra_port_entered(&carrier, 99);
	umbra_port_entered(&carrier, 99);
	EXPECT(umbra_stream_read(&tenant.stream, buffer, sizeof(buffer)) == 40);
	EXPECT(payload->port == 0xcfc && payload->value == 0x1111);
	EXPECT(payload->direction == UMBRA_DIRECTION_READ);
	/* One that L1 has the vCPU run again, or leave, is not. */
	EXPECT(umbra_port_access(&carrier, &access) == UMBRA_PASS);
	umbra_port_entered(&carrier, 97);
	EXPECT(!umbra_stream_unread(&tenant.stream));
	EXPECT(tenant.stream.counters[UMBRA_COUNTER_PORTS_OBSERVED] == 2);
	EXPECT(tenant.stream.counters[UMBRA_COUNTER_OBSERVATIONS_LOST] == 1);
	refuse = true;
	EXPECT(out(0xcf8, 4, 0) == UMBRA_DONE && !instruction_pointer);
}

static void register_calls_are_asked_and_nothing_else_passes(void)
{
	begin();
	umbra_port_claim(&tenant, 0x5658, 1, UMBRA_CLAIM_REGISTER_CALL);
	EXPECT(in(0x5658, 4, 1) == 0x564d5868 && calls == 1 && instruction_pointer == 99);
	EXPECT(in(0x5658, 2, 0x123456) == 0x12ffff && in(0x5656, 4, 1) == 0xffffffff && calls == 1);
	EXPECT(out(0x5658, 4, 1) == UMBRA_DONE && !umbra_stream_unread(&tenant.stream));
	instruction_pointer = 0;
	refuse = true;
	EXPECT(in(0x5658, 4, 1) == 1 && !instruction_pointer);
}

/* ------------------------------------------------------------ string forms */

static u64 merge(u64 reg, u64 value, u8 address_size)
{
	return address_size == 8 ? value : address_size == 4 ? (u32)value :
	       (reg & ~0xffffull) | (value & 0xffff);
}

/* One exit: elements move one by one, as many as one exit may move. */
static void string_round(void)
{
	static const u8 sizes[] = { 1, 2, 4 }, address_sizes[] = { 2, 4, 8 };
	struct umbra_port_access access = {
		.port = 0x3f8, .size = sizes[random_below(3)], .in = random_below(2),
		.string = true, .repeated = random_below(4), .backwards = random_below(2),
		.address_size = address_sizes[random_below(3)], .next_instruction = 99,
		.segment_base = random_below(4) ? 0 : random_below(MEMORY),
	};
	int index = access.in ? VCPU_REGS_RDI : VCPU_REGS_RSI;
	u64 mask = access.address_size == 8 ? ~0ull : access.address_size == 4 ? 0xffffffff : 0xffff;
	u64 count = random_below(3) ? random_below(600) : random_number();
	u64 offset = random_below(3) ? random_below(MEMORY) : mask - random_below(16);
	u64 upper = access.address_size == 2 ? random_number() & ~0xffffull : 0;
	u64 left, moved, step, address;
	unsigned long *regs = vcpu.arch.regs;
	u32 i;

	begin();
	random_fill(memory, 64);
	regs[VCPU_REGS_RCX] = count;
	regs[index] = upper | offset;
	EXPECT(umbra_port_access(&carrier, &access) == UMBRA_DONE);
	EXPECT(!tenant.stream.lock.held && !other_faults);
	if (access.repeated && !(count & mask)) {
		EXPECT(instruction_pointer == 99 && regs[index] == (upper | offset));
		return;
	}
	left = access.repeated ? count & mask : 1;
	if (faults) {
		EXPECT(!instruction_pointer && regs[VCPU_REGS_RCX] == count);
		EXPECT(regs[index] == (upper | offset));
		return;
	}
	step = access.backwards ? -(u64)access.size : access.size;
	moved = access.repeated ? left - (regs[VCPU_REGS_RCX] & mask) : 1;
	EXPECT(moved >= 1 && moved <= left && moved * access.size <= UMBRA_PORT_DATA_MAXIMUM);
	EXPECT(regs[index] == merge(upper | offset, offset + moved * step, access.address_size));
	EXPECT(regs[VCPU_REGS_RCX] ==
	       (access.repeated ? merge(count, left - moved, access.address_size) : count));
	EXPECT(!!instruction_pointer == (moved == left));
	if (access.in)
		return;
	EXPECT(umbra_stream_read(&tenant.stream, buffer, sizeof(buffer)));
	for (i = 0; i < moved; i++) {
		address = access.segment_base + offset + i * step;
		if (access.address_size != 8)
			address = (u32)address;
		EXPECT(!outside(address, access.size));
		EXPECT(!memcmp(buffer + 40 + i * access.size, memory + address, access.size));
	}
}

int main(int argc, char **argv)
{
	what_is_not_claimed_passes();
	writes_to_one_port_share_a_frame();
	reads_change_what_their_size_covers();
	a_latch_answers_until_the_next_access();
	an_access_given_up_changes_nothing();
	observed_accesses_pass_and_are_told();
	register_calls_are_asked_and_nothing_else_passes();
	fuzz(argc, argv, "port", string_round);
	umbra_stream_free(&tenant.stream);
	return 0;
}
