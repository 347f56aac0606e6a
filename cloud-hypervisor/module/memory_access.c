// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses of a tenant VM to memory that the service stands behind.
 *
 * Where L1 has no memory behind a page it is told of each access by a nested
 * page fault. KVM of L0 decides that the fault is L1's and is about to make the
 * exit; here a fault in a claimed range ends instead. The instruction is fetched
 * through the tenant's page tables and the nested ones, carried out (emulate.c),
 * and the vCPU enters again.
 *
 * Its operands are addresses of the tenant's, and may lie in claimed memory or
 * not. Translating one tells: where L1 has memory KVM gives its address, where
 * not it gives the fault that L1 would see, and that names the tenant physical
 * page. Stores are posted, loads ask the service and wait: see memory.c.
 *
 * What cannot be carried out fails closed. An unknown instruction gets #UD. A
 * page table in claimed memory, or a stack there when an interrupt is delivered,
 * is not the work of an instruction; that shuts the vCPU down, which L1 hears of
 * as of any triple fault. Neither tells L1 what was accessed.
 *
 * What L1 maps itself does not fault, so it is not claimed, whatever was asked.
 */
#include "umbra.h"
#include "emulate.h"

#define IOAPIC_BASE	0xfec00000ull
#define PLACES		4	/* pages one instruction reaches */

/* Where a page of the instruction's operands leads. */
struct umbra_place {
	u64 linear;
	u64 physical;		/* tenant physical, of a device */
	bool device;
};

struct umbra_memory_access {
	struct umbra_carrier *carrier;
	struct umbra_place places[PLACES];
	u32 place_count;
};

/* ---------------------------------------------------------------- the bus */

/* A fault for the tenant or for L1 to resolve; refused where it is at claimed memory. */
static enum umbra_outcome umbra_memory_fault(struct umbra_carrier *carrier,
					     union umbra_exception *exception)
{
	struct kvm_vcpu *vcpu = carrier->vcpu;

	if (exception->vector != PF_VECTOR) {
		kvm_queue_exception_e(vcpu, GP_VECTOR, 0);
		return UMBRA_RUN_AGAIN;
	}
	if (exception->fault.nested) {
		if (umbra_memory_is_claimed(carrier->current_vcpu->tenant,
					    exception->fault.address))
			return UMBRA_REFUSED;
		umbra.backend->retarget_fault(vcpu, exception->fault.address);
	}
	kvm_inject_emulated_page_fault(vcpu, (struct x86_exception *)exception);
	return UMBRA_RUN_AGAIN;
}

static enum umbra_outcome umbra_bus_probe(void *context, u64 address, bool write, bool *device)
{
	struct umbra_memory_access *access = context;
	struct kvm_vcpu *vcpu = access->carrier->vcpu;
	struct umbra_tenant *tenant = access->carrier->current_vcpu->tenant;
	union umbra_exception exception = {};
	struct x86_exception *fault = (struct x86_exception *)&exception;
	struct umbra_place *place;
	u64 translated;

	if (access->place_count == PLACES)
		return UMBRA_REFUSED;
	translated = write ? kvm_mmu_gva_to_gpa_write(vcpu, address, fault) :
			     kvm_mmu_gva_to_gpa_read(vcpu, address, fault);
	*device = translated == ~0ull;
	if (*device && !(exception.vector == PF_VECTOR && exception.fault.nested &&
			 umbra_memory_is_claimed(tenant, exception.fault.address)))
		return umbra_memory_fault(access->carrier, &exception);
	place = &access->places[access->place_count++];
	place->linear = address & PAGE_MASK;
	place->physical = exception.fault.address & PAGE_MASK;
	place->device = *device;
	return UMBRA_CARRIED_OUT;
}

static const struct umbra_place *umbra_place_of(const struct umbra_memory_access *access,
						u64 address)
{
	u32 i;

	for (i = 0; i < access->place_count; i++)
		if (access->places[i].linear == (address & PAGE_MASK))
			return &access->places[i];
	return NULL;
}

/* Elements in the order of the run to elements in the order of their addresses, and back. */
static void umbra_reverse(u8 *to, const u8 *from, u8 size, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		memcpy(to + i * size, from + (count - 1 - i) * size, size);
}

static enum umbra_outcome umbra_bus_read(void *context, u64 address, u8 size, s8 step, u32 count,
					 u8 *data)
{
	struct umbra_memory_access *access = context;
	const struct umbra_place *place = umbra_place_of(access, address);
	struct kvm_vcpu *vcpu = access->carrier->vcpu;
	union umbra_exception exception = {};
	u8 ordered[UMBRA_RUN_MAXIMUM];
	bool down = step < 0;

	if (!place)
		return UMBRA_REFUSED;
	if (place->device)
		return umbra_memory_ask(access->carrier, place->physical | (address & ~PAGE_MASK),
					size, step, count, data) ? UMBRA_CARRIED_OUT :
								   UMBRA_RUN_AGAIN;
	if (down)
		address -= (u64)(count - 1) * size;
	if (kvm_read_guest_virt(vcpu, address, down ? ordered : data, count * size,
				(struct x86_exception *)&exception))
		return umbra_memory_fault(access->carrier, &exception);
	if (down)
		umbra_reverse(data, ordered, size, count);
	return UMBRA_CARRIED_OUT;
}

static enum umbra_outcome umbra_bus_write(void *context, u64 address, u8 size, s8 step, u32 count,
					  const u8 *data, bool bound)
{
	struct umbra_memory_access *access = context;
	const struct umbra_place *place = umbra_place_of(access, address);
	struct kvm_vcpu *vcpu = access->carrier->vcpu;
	union umbra_exception exception = {};
	u8 ordered[UMBRA_RUN_MAXIMUM];

	if (!place)
		return UMBRA_REFUSED;
	if (place->device)
		return umbra_memory_post(access->carrier, place->physical | (address & ~PAGE_MASK),
					 size, step, count, data, bound) ? UMBRA_CARRIED_OUT :
									   UMBRA_RUN_AGAIN;
	if (step < 0) {
		umbra_reverse(ordered, data, size, count);
		address -= (u64)(count - 1) * size;
	} else {
		memcpy(ordered, data, count * size);
	}
	/* Probed, with the rights of the tenant's program. */
	if (kvm_write_guest_virt_system(vcpu, address, ordered, count * size,
					(struct x86_exception *)&exception))
		return umbra_memory_fault(access->carrier, &exception);
	return UMBRA_CARRIED_OUT;
}

static enum umbra_outcome umbra_bus_copy(void *context, u64 source, u64 destination, u8 size,
					 s8 step, u32 count)
{
	struct umbra_memory_access *access = context;
	const struct umbra_place *from = umbra_place_of(access, source);
	const struct umbra_place *to = umbra_place_of(access, destination);
	struct umbra_memory_copy payload = {
		.size = size,
		.step = count > 1 ? step : UMBRA_STEP_SAME,
		.count = cpu_to_le32(count),
	};

	if (!from || !to)
		return UMBRA_REFUSED;
	payload.source = cpu_to_le64(from->physical | (source & ~PAGE_MASK));
	payload.destination = cpu_to_le64(to->physical | (destination & ~PAGE_MASK));
	return umbra_memory_copy(access->carrier, &payload) ? UMBRA_CARRIED_OUT : UMBRA_RUN_AGAIN;
}

/* ------------------------------------------------------- the instruction */

/*
 * Reads as many bytes as an instruction may have, or else those up to the end of
 * its page. What cannot be read is for umbra_memory_fault(), if it is needed.
 */
static size_t umbra_read_code(struct kvm_vcpu *vcpu, const struct umbra_machine *machine, u8 *code,
			      union umbra_exception *exception)
{
	u64 address = machine->bases[UMBRA_SEGMENT_CS] + machine->instruction_pointer;
	size_t length = UMBRA_CODE_MAXIMUM;

	if (machine->code_size != 8)
		address = (u32)address;
	if (!kvm_read_guest_virt(vcpu, address, code, length, (struct x86_exception *)exception))
		return length;
	length = min_t(size_t, length, PAGE_SIZE - (address & ~PAGE_MASK));
	if (length < UMBRA_CODE_MAXIMUM) {
		union umbra_exception nearer = {};

		if (!kvm_read_guest_virt(vcpu, address, code, length,
					 (struct x86_exception *)&nearer))
			return length;
		*exception = nearer;
	}
	return 0;
}

static enum umbra_outcome umbra_fetch(struct umbra_carrier *carrier,
				      const struct umbra_machine *machine, u8 *code,
				      struct umbra_instruction *instruction)
{
	union umbra_exception exception = {};
	size_t length = umbra_read_code(carrier->vcpu, machine, code, &exception);

	if (umbra_decode(code, length, machine->code_size, instruction))
		return UMBRA_CARRIED_OUT;
	if (length == UMBRA_CODE_MAXIMUM)
		return UMBRA_REFUSED;
	/* Its end may be missing. The processor had it a moment ago. */
	return umbra_memory_fault(carrier, &exception);
}

static void umbra_memory_refuse(struct umbra_carrier *carrier, u64 address, const u8 *code,
				bool operand)
{
	struct umbra_tenant *tenant = carrier->current_vcpu->tenant;
	__le64 evidence;

	memcpy(&evidence, code, sizeof(evidence));
	spin_lock(&tenant->stream.lock);
	tenant->stream.counters[UMBRA_COUNTER_MEMORY_UNDECODABLE]++;
	spin_unlock(&tenant->stream.lock);
	mutex_lock(&umbra.registry);
	umbra_alarm(tenant->cloud, tenant->id, UMBRA_ALARM_UNDECODABLE, 0, address,
		    le64_to_cpu(evidence));
	mutex_unlock(&umbra.registry);
	if (operand)
		kvm_queue_exception(carrier->vcpu, UD_VECTOR);
	else
		kvm_make_request(KVM_REQ_TRIPLE_FAULT, carrier->vcpu);
}

static void umbra_memory_emulate(struct umbra_carrier *carrier, u64 address, bool operand)
{
	struct kvm_vcpu *vcpu = carrier->vcpu;
	struct umbra_memory_access access = { .carrier = carrier };
	const struct umbra_bus bus = {
		.context = &access,
		.probe = umbra_bus_probe,
		.read = umbra_bus_read,
		.write = umbra_bus_write,
		.copy = umbra_bus_copy,
	};
	struct umbra_machine machine = {
		.registers = vcpu->arch.regs,
		.flags = kvm_get_rflags(vcpu),
	};
	struct umbra_instruction instruction;
	u8 code[UMBRA_CODE_MAXIMUM] = {};
	u64 pointer, flags = machine.flags;
	enum umbra_outcome outcome = UMBRA_REFUSED;

	umbra.backend->describe(vcpu, &machine);
	pointer = machine.instruction_pointer;
	if (operand)
		outcome = umbra_fetch(carrier, &machine, code, &instruction);
	if (outcome == UMBRA_CARRIED_OUT)
		outcome = umbra_emulate(&machine, &instruction, &bus);
	if (outcome == UMBRA_REFUSED)
		umbra_memory_refuse(carrier, address, code, operand);
	if (outcome != UMBRA_CARRIED_OUT)
		return;
	/* RSP is among the registers, and KVM may hold it elsewhere. */
	__set_bit(VCPU_REGS_RSP, (unsigned long *)&vcpu->arch.regs_dirty);
	if (machine.flags != flags)
		kvm_set_rflags(vcpu, machine.flags);
	if (machine.instruction_pointer != pointer)
		umbra.backend->set_instruction_pointer(vcpu, machine.instruction_pointer);
}

/* A store of the tenant into its IOAPIC, on its way to L1. */
static void umbra_watch_ioapic(struct umbra_carrier *carrier, u64 offset)
{
	union umbra_exception exception = {};
	struct umbra_machine machine = {};
	struct umbra_instruction instruction;
	u8 code[UMBRA_CODE_MAXIMUM];
	size_t length;
	u32 value;

	umbra.backend->describe(carrier->vcpu, &machine);
	length = umbra_read_code(carrier->vcpu, &machine, code, &exception);
	if (umbra_decode(code, length, machine.code_size, &instruction) &&
	    umbra_stored_word(&instruction, carrier->vcpu->arch.regs, &value))
		umbra_interrupt_ioapic_write(carrier->current_vcpu->tenant, offset, value);
}

enum umbra_verdict umbra_memory_exit(struct umbra_carrier *carrier, u64 address, bool write,
				     bool operand)
{
	if (umbra_memory_is_claimed(carrier->current_vcpu->tenant, address)) {
		umbra_memory_emulate(carrier, address, operand);
		return UMBRA_DONE;
	}
	if (write && operand && (address & PAGE_MASK) == IOAPIC_BASE)
		umbra_watch_ioapic(carrier, address & ~PAGE_MASK);
	return UMBRA_PASS;
}
