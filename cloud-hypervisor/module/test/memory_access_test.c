// SPDX-License-Identifier: GPL-2.0
/*
 * Claims of memory, and what becomes of a tenant's access to it: frames, waits
 * given up, faults, refusals. The tenant's linear memory is a few pages here,
 * each plain, of a device, or missing for the tenant or for L1.
 */
#include "test.h"
#include "emulate.h"

#define PAGES	4
#define BASE	0x10000ull
#define DEVICE	0xfeb00000ull
#define POINTER	0x100ull	/* in the first page */

enum kind { PLAIN, CLAIMED, NOT_OF_TENANT, NOT_OF_L1 };

static enum kind kinds[PAGES];
static u8 memory[PAGES * PAGE_SIZE];
static u64 instruction_pointer, retargeted;
static unsigned long flags;
static int faults, nested_faults, undefined, shutdowns, alarms, bound_waits;
static bool refuse, refuse_room;
static u8 next_input;

static struct umbra_cloud cloud = { .id = 3 };
static struct umbra_tenant tenant;
static struct umbra_tenant_vcpu tenant_vcpu;
static struct kvm_vcpu vcpu;
static struct umbra_carrier carrier;
static u8 buffer[64 * 1024];
static const struct umbra_memory_write *const frame =
	(const void *)(buffer + sizeof(struct umbra_frame_header));

static void set_instruction_pointer(struct kvm_vcpu *vcpu, u64 value)
{
	instruction_pointer = value;
}

static void describe(struct kvm_vcpu *vcpu, struct umbra_machine *machine)
{
	machine->code_size = 8;
	machine->instruction_pointer = BASE + POINTER;
}

static void retarget_fault(struct kvm_vcpu *vcpu, u64 address)
{
	retargeted = address;
}

static const struct umbra_backend backend = {
	.set_instruction_pointer = set_instruction_pointer,
	.describe = describe,
	.retarget_fault = retarget_fault,
};

struct umbra_state umbra = { .backend = &backend };

static gpa_t translate(gva_t address, struct x86_exception *fault)
{
	union umbra_exception *exception = (union umbra_exception *)fault;
	u64 page = (address - BASE) / PAGE_SIZE;
	enum kind kind = address < BASE || page >= PAGES ? NOT_OF_TENANT : kinds[page];

	if (kind == PLAIN)
		return address;
	exception->vector = PF_VECTOR;
	exception->fault.nested = kind != NOT_OF_TENANT;
	exception->fault.address = kind == CLAIMED ? DEVICE + page * PAGE_SIZE :
				   kind == NOT_OF_L1 ? 0x1000 : address;
	return ~0ull;
}

gpa_t kvm_mmu_gva_to_gpa_read(struct kvm_vcpu *vcpu, gva_t address, struct x86_exception *fault)
{
	return translate(address, fault);
}

gpa_t kvm_mmu_gva_to_gpa_write(struct kvm_vcpu *vcpu, gva_t address, struct x86_exception *fault)
{
	return translate(address, fault);
}

int kvm_read_guest_virt(struct kvm_vcpu *vcpu, gva_t address, void *value, unsigned int bytes,
			struct x86_exception *fault)
{
	if (translate(address, fault) == ~0ull || translate(address + bytes - 1, fault) == ~0ull)
		return 1;
	memcpy(value, memory + (address - BASE), bytes);
	return 0;
}

int kvm_write_guest_virt_system(struct kvm_vcpu *vcpu, gva_t address, void *value,
				unsigned int bytes, struct x86_exception *fault)
{
	if (translate(address, fault) == ~0ull || translate(address + bytes - 1, fault) == ~0ull)
		return 1;
	memcpy(memory + (address - BASE), value, bytes);
	return 0;
}

void kvm_inject_emulated_page_fault(struct kvm_vcpu *vcpu, struct x86_exception *exception)
{
	if (((union umbra_exception *)exception)->fault.nested)
		nested_faults++;
	else
		faults++;
}

void kvm_queue_exception_e(struct kvm_vcpu *vcpu, unsigned int vector, u32 error_code)
{
	EXPECT(!"a fault that is no page fault");
}

void kvm_queue_exception(struct kvm_vcpu *vcpu, unsigned int vector)
{
	undefined += vector == UD_VECTOR;
}

void kvm_make_request(int request, struct kvm_vcpu *vcpu)
{
	shutdowns += request == KVM_REQ_TRIPLE_FAULT;
}

unsigned long kvm_get_rflags(struct kvm_vcpu *vcpu)
{
	return flags;
}

void kvm_set_rflags(struct kvm_vcpu *vcpu, unsigned long value)
{
	flags = value;
}

void umbra_device_notify(bool wake)
{
}

void umbra_alarm(struct umbra_cloud *cloud, u64 tenant_vm, u32 kind, u64 other_tenant_vm,
		 u64 evidence0, u64 evidence1)
{
	EXPECT(umbra.registry.held && kind == UMBRA_ALARM_UNDECODABLE);
	alarms++;
}

void umbra_interrupt_ioapic_write(struct umbra_tenant *tenant, u64 offset, u32 value)
{
	tenant->routing.ioapic_entries[0] = offset << 32 | value;
}

bool umbra_wait_for_room(struct kvm_vcpu *vcpu, struct umbra_stream *stream, bool bound)
{
	bound_waits += bound;
	return !umbra_stream_full(stream) && (bound || !refuse_room);
}

bool umbra_ask(struct kvm_vcpu *vcpu, struct umbra_stream *stream,
	       struct umbra_request *request, const struct umbra_question *question)
{
	u32 i;

	EXPECT(question->reply_length && question->reply_length <= sizeof(request->data));
	if (refuse)
		return false;
	for (i = 0; i < question->reply_length; i++)
		request->data[i] = next_input++;
	return true;
}

static void begin(void)
{
	static const enum kind usual[PAGES] = { PLAIN, CLAIMED, PLAIN, NOT_OF_L1 };

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
	memcpy(kinds, usual, sizeof(kinds));
	faults = nested_faults = undefined = shutdowns = alarms = bound_waits = 0;
	refuse = refuse_room = false;
	instruction_pointer = retargeted = 0;
	flags = 2;
	next_input = 1;
	EXPECT(!umbra_memory_claim(&tenant, DEVICE, PAGES * PAGE_SIZE, true));
}

static enum umbra_verdict access_by(const char *code, size_t length, u64 address)
{
	memcpy(memory + POINTER, code, length);
	return umbra_memory_exit(&carrier, address, true, true);
}

#define ACCESS(code) access_by(code, sizeof(code) - 1, DEVICE + PAGE_SIZE)

/* ------------------------------------------------------------------ claims */

static bool claimed(u64 page)
{
	return umbra_memory_is_claimed(&tenant, page * PAGE_SIZE) &&
	       umbra_memory_is_claimed(&tenant, page * PAGE_SIZE + PAGE_SIZE - 1);
}

static void claims_are_joined_cut_and_limited(void)
{
	u64 i;

	begin();
	EXPECT(!umbra_memory_claim(&tenant, 0, UMBRA_MEMORY_END, false));
	EXPECT(!tenant.memory_claim_count);
	EXPECT(!umbra_memory_claim(&tenant, 0x2000, 0x2000, true));
	EXPECT(!umbra_memory_claim(&tenant, 0x4000, 0x1000, true));
	EXPECT(tenant.memory_claim_count == 1 && !claimed(1) && claimed(4) && !claimed(5));
	EXPECT(!umbra_memory_claim(&tenant, 0x3000, 0x1000, false));
	EXPECT(tenant.memory_claim_count == 2 && claimed(2) && !claimed(3) && claimed(4));
	for (i = 2; i < UMBRA_MEMORY_CLAIMS; i++)
		EXPECT(!umbra_memory_claim(&tenant, i * 0x10000, 0x3000, true));
	EXPECT(umbra_memory_claim(&tenant, 0x1000000, 0x1000, true) == ENOSPC);
	EXPECT(umbra_memory_claim(&tenant, 0x21000, 0x1000, false) == ENOSPC && claimed(0x21));
}

static void claim_round(void)
{
	u64 wanted = 0;
	int i;

	begin();
	umbra_memory_claim(&tenant, 0, UMBRA_MEMORY_END, false);
	for (i = 0; i < 40; i++) {
		u32 base = random_below(60), length = 1 + random_below(random_below(2) ? 60 - base : 2);
		u64 pages = ((1ull << length) - 1) << base;
		bool claim = random_below(2);

		if (!umbra_memory_claim(&tenant, base * PAGE_SIZE, length * PAGE_SIZE, claim))
			wanted = claim ? wanted | pages : wanted & ~pages;
		EXPECT(tenant.memory_claim_count <= UMBRA_MEMORY_CLAIMS);
	}
	for (i = 0; i < 62; i++)
		EXPECT(claimed(i) == (wanted >> i & 1));
}

/* ---------------------------------------------------------------- accesses */

static void what_is_not_claimed_is_for_l1(void)
{
	begin();
	EXPECT(access_by("\x89\x08", 2, 0x1000) == UMBRA_PASS);
	EXPECT(!umbra_stream_unread(&tenant.stream) && !instruction_pointer);
	vcpu.arch.regs[VCPU_REGS_RCX] = 0x12345678;
	EXPECT(access_by("\x89\x08", 2, 0xfec00010) == UMBRA_PASS);
	EXPECT(tenant.routing.ioapic_entries[0] == 0x1012345678ull);
	/* Not a word of 32 bits. */
	EXPECT(access_by("\x88\x08", 2, 0xfec00000) == UMBRA_PASS);
	EXPECT(tenant.routing.ioapic_entries[0] == 0x1012345678ull);
}

static void stores_to_consecutive_addresses_share_a_frame(void)
{
	int i;

	begin();
	vcpu.arch.regs[VCPU_REGS_RCX] = 0x11223344;
	for (i = 0; i < 70; i++) {
		vcpu.arch.regs[VCPU_REGS_RAX] = BASE + PAGE_SIZE + 4 * i;
		EXPECT(ACCESS("\x89\x08") == UMBRA_DONE);
		EXPECT(instruction_pointer == BASE + POINTER + 2);
	}
	EXPECT(tenant.stream.tail == 2);
	umbra_stream_read(&tenant.stream, buffer, sizeof(buffer));
	EXPECT(frame->address == DEVICE + PAGE_SIZE && frame->size == 4);
	EXPECT(frame->step == UMBRA_STEP_UP && frame->count == 64 && frame->data[255] == 0x11);
	/* To one address, and downwards. */
	for (i = 0; i < 3; i++)
		ACCESS("\x89\x08");
	for (i = 3; i > 0; i--) {
		vcpu.arch.regs[VCPU_REGS_RAX] = BASE + PAGE_SIZE + 0x100 + i;
		ACCESS("\x88\x08");
	}
	EXPECT(umbra_stream_read(&tenant.stream, buffer, sizeof(buffer)) == 64 + 56);
	EXPECT(frame->count == 3 && frame->step == UMBRA_STEP_SAME);
	memmove(buffer, buffer + 64, 56);
	EXPECT(frame->count == 3 && frame->step == UMBRA_STEP_DOWN);
	EXPECT(frame->address == DEVICE + PAGE_SIZE + 0x103);
	EXPECT(tenant.stream.counters[UMBRA_COUNTER_MEMORY_WRITES] == 76);
}

static void loads_ask(void)
{
	begin();
	vcpu.arch.regs[VCPU_REGS_RAX] = BASE + PAGE_SIZE + 0xffc;
	/* mov (%rax),%ecx */
	EXPECT(ACCESS("\x8b\x08") == UMBRA_DONE && vcpu.arch.regs[VCPU_REGS_RCX] == 0x04030201);
	EXPECT(vcpu.arch.regs_dirty & 1 << VCPU_REGS_RSP);
	refuse = true;
	instruction_pointer = 0;
	EXPECT(ACCESS("\x8b\x08") == UMBRA_DONE && !instruction_pointer);
	EXPECT(vcpu.arch.regs[VCPU_REGS_RCX] == 0x04030201);
	EXPECT(tenant.stream.counters[UMBRA_COUNTER_MEMORY_READS] == 1);
}

static void what_was_read_is_written_back_whatever_it_takes(void)
{
	begin();
	refuse_room = true;
	vcpu.arch.regs[VCPU_REGS_RAX] = BASE + PAGE_SIZE;
	vcpu.arch.regs[VCPU_REGS_RCX] = 0x80;
	EXPECT(ACCESS("\x08\x08") == UMBRA_DONE && bound_waits == 1);
	EXPECT(instruction_pointer && flags == (2 | 0x80 | 4));
	umbra_stream_read(&tenant.stream, buffer, sizeof(buffer));
	EXPECT(frame->data[0] == 0x81);
	/* A store alone may be given up. */
	instruction_pointer = 0;
	EXPECT(ACCESS("\x88\x08") == UMBRA_DONE && !instruction_pointer);
}

static void strings_move_between_memory_and_device(void)
{
	u32 i;

	begin();
	for (i = 0; i < 16; i++)
		memory[2 * PAGE_SIZE + i] = i;
	vcpu.arch.regs[VCPU_REGS_RSI] = BASE + 2 * PAGE_SIZE;
	vcpu.arch.regs[VCPU_REGS_RDI] = BASE + PAGE_SIZE + 8;
	vcpu.arch.regs[VCPU_REGS_RCX] = 4;
	EXPECT(ACCESS("\xf3\xa5") == UMBRA_DONE && !vcpu.arch.regs[VCPU_REGS_RCX]);
	umbra_stream_read(&tenant.stream, buffer, sizeof(buffer));
	EXPECT(frame->count == 4 && frame->step == UMBRA_STEP_UP && frame->data[15] == 15);
	/* Downwards from the device into memory. */
	flags |= 0x400;
	next_input = 0x40;
	vcpu.arch.regs[VCPU_REGS_RSI] = BASE + PAGE_SIZE + 0x80;
	vcpu.arch.regs[VCPU_REGS_RDI] = BASE + 2 * PAGE_SIZE + 0x82;
	vcpu.arch.regs[VCPU_REGS_RCX] = 2;
	EXPECT(ACCESS("\xf3\x66\xa5") == UMBRA_DONE);
	EXPECT(memory[2 * PAGE_SIZE + 0x82] == 0x40 && memory[2 * PAGE_SIZE + 0x80] == 0x42);
}

static void a_copy_within_the_device_is_the_services(void)
{
	const struct umbra_memory_copy *copy = (const void *)frame;

	begin();
	vcpu.arch.regs[VCPU_REGS_RSI] = BASE + PAGE_SIZE + 0xa0;
	vcpu.arch.regs[VCPU_REGS_RDI] = BASE + PAGE_SIZE;
	vcpu.arch.regs[VCPU_REGS_RCX] = 0xf00;
	EXPECT(ACCESS("\xf3\xa4") == UMBRA_DONE && !vcpu.arch.regs[VCPU_REGS_RCX]);
	EXPECT(umbra_stream_read(&tenant.stream, buffer, sizeof(buffer)) == 56);
	EXPECT(copy->source == DEVICE + PAGE_SIZE + 0xa0 && copy->destination == DEVICE + PAGE_SIZE);
	EXPECT(copy->size == 1 && copy->step == UMBRA_STEP_UP && copy->count == 0xf00);
	EXPECT(next_input == 1);
}

static void faults_come_before_the_device(void)
{
	begin();
	vcpu.arch.regs[VCPU_REGS_RSI] = BASE + PAGE_SIZE;
	vcpu.arch.regs[VCPU_REGS_RDI] = BASE + 3 * PAGE_SIZE;
	EXPECT(ACCESS("\xa4") == UMBRA_DONE && nested_faults == 1 && retargeted == 0x1000);
	vcpu.arch.regs[VCPU_REGS_RDI] = 0;
	EXPECT(ACCESS("\xa4") == UMBRA_DONE && faults == 1);
	EXPECT(next_input == 1 && !instruction_pointer && !umbra_stream_unread(&tenant.stream));
	/* Across the end of the device's page into one that L1 has to bring. */
	kinds[2] = NOT_OF_L1;
	vcpu.arch.regs[VCPU_REGS_RAX] = BASE + 2 * PAGE_SIZE - 2;
	EXPECT(ACCESS("\x89\x08") == UMBRA_DONE && nested_faults == 2);
	EXPECT(!umbra_stream_unread(&tenant.stream));
	kinds[2] = PLAIN;
	EXPECT(ACCESS("\x89\x08") == UMBRA_DONE && umbra_stream_unread(&tenant.stream));
}

static void what_cannot_be_carried_out_fails_closed(void)
{
	begin();
	EXPECT(ACCESS("\x0f\x11\x00") == UMBRA_DONE && undefined == 1 && alarms == 1);
	EXPECT(!instruction_pointer && !umbra.registry.held);
	EXPECT(umbra_memory_exit(&carrier, DEVICE, true, false) == UMBRA_DONE && shutdowns == 1);
	/* Code in the device itself. */
	kinds[0] = CLAIMED;
	EXPECT(ACCESS("\x89\x08") == UMBRA_DONE && undefined == 2);
	EXPECT(tenant.stream.counters[UMBRA_COUNTER_MEMORY_UNDECODABLE] == 3);
	/* Code that L1 or the tenant took away is brought back first. */
	kinds[0] = NOT_OF_L1;
	EXPECT(ACCESS("\x89\x08") == UMBRA_DONE && nested_faults == 1);
	kinds[0] = NOT_OF_TENANT;
	EXPECT(ACCESS("\x89\x08") == UMBRA_DONE && faults == 1 && undefined == 2);
}

static void any_round(void)
{
	static const u8 usual[] = { 0x88, 0x89, 0x8a, 0x8b, 0xa4, 0xa5, 0xaa, 0xab, 0x01, 0x87 };
	int i;

	claim_round();
	begin();
	for (i = 0; i < 32; i++) {
		u32 reg;

		random_fill(memory + POINTER, UMBRA_CODE_MAXIMUM);
		if (random_below(4))
			memory[POINTER + 1] = usual[random_below(sizeof(usual))];
		memory[POINTER] = random_below(2) ? 0xf3 : 0x48;
		for (reg = 0; reg < 16; reg++)
			vcpu.arch.regs[reg] = BASE - 64 + random_below(PAGES * PAGE_SIZE + 128);
		if (random_below(2))
			vcpu.arch.regs[VCPU_REGS_RCX] = random_below(300);
		flags = random_number();
		for (reg = 1; reg < PAGES; reg++)
			kinds[reg] = random_below(4);
		refuse = !random_below(4);
		refuse_room = !random_below(4);
		EXPECT(ACCESS("") == UMBRA_DONE);
		EXPECT(!tenant.stream.lock.held && !umbra.registry.held);
		if (umbra_stream_unread(&tenant.stream) && !random_below(4))
			umbra_stream_read(&tenant.stream, buffer, sizeof(buffer));
	}
}

int main(int argc, char **argv)
{
	claims_are_joined_cut_and_limited();
	what_is_not_claimed_is_for_l1();
	stores_to_consecutive_addresses_share_a_frame();
	loads_ask();
	what_was_read_is_written_back_whatever_it_takes();
	strings_move_between_memory_and_device();
	a_copy_within_the_device_is_the_services();
	faults_come_before_the_device();
	what_cannot_be_carried_out_fails_closed();
	fuzz(argc, argv, "memory_access", any_round);
	umbra_stream_free(&tenant.stream);
	return 0;
}
