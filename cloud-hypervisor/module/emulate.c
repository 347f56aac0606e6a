// SPDX-License-Identifier: GPL-2.0
/*
 * Carries out what decode.c took apart, on a machine and a bus that the caller
 * supplies: nothing here knows the kernel.
 *
 * All or nothing: registers change after every access has succeeded. A load
 * from a device may have side effects, so whatever can fault is probed before
 * it, and the store that follows it is bound to succeed. A repeated string
 * instruction moves one run per call, as processors may do at any iteration;
 * the instruction pointer stays until the last. From device to device elements
 * go one by one: a VGA copies through latches that hold one access.
 */
#include "arithmetic.h"
#include "emulate.h"

#define FLAG_ZF		(1ull << 6)
#define FLAG_DF		(1ull << 10)

#define REGISTER_ACCUMULATOR	0
#define REGISTER_COUNT		1
#define REGISTER_SOURCE		6
#define REGISTER_DESTINATION	7

/* ------------------------------------------------------------ registers */

static u64 umbra_get(const unsigned long *registers, u8 number, u8 bytes, bool high_byte)
{
	return registers[number] >> (high_byte ? 8 : 0) & umbra_mask(bytes);
}

/* 32-bit results clear the upper half, smaller ones leave the rest alone. */
static void umbra_set(unsigned long *registers, u8 number, u8 bytes, bool high_byte, u64 value)
{
	u8 shift = high_byte ? 8 : 0;
	u64 mask = umbra_mask(bytes == 4 ? 8 : bytes) << shift;

	registers[number] = (registers[number] & ~mask) |
			    ((value & umbra_mask(bytes)) << shift & mask);
}

static u64 umbra_sign_extend(u64 value, u8 bytes)
{
	u64 sign = 1ull << (8 * bytes - 1);

	return ((value & umbra_mask(bytes)) ^ sign) - sign;
}

static void umbra_next(struct umbra_machine *machine, const struct umbra_instruction *instruction)
{
	machine->instruction_pointer = (machine->instruction_pointer + instruction->length) &
				       umbra_mask(machine->code_size);
}

/* ---------------------------------------------------------------- memory */

static bool umbra_discards(u8 operation)
{
	return operation == UMBRA_CMP || operation == UMBRA_TEST;
}

static u64 umbra_linear(const struct umbra_machine *machine, u8 segment, u64 offset)
{
	u64 address = machine->bases[segment] + offset;

	return machine->code_size == 8 ? address : (u32)address;
}

static u64 umbra_operand_address(const struct umbra_machine *machine,
				 const struct umbra_instruction *instruction)
{
	u64 offset = instruction->displacement;

	if (instruction->base == UMBRA_REGISTER_NEXT)
		offset += machine->instruction_pointer + instruction->length;
	else if (instruction->base != UMBRA_NO_REGISTER)
		offset += machine->registers[instruction->base];
	if (instruction->index != UMBRA_NO_REGISTER)
		offset += (u64)machine->registers[instruction->index] << instruction->scale;
	return umbra_linear(machine, instruction->segment,
			    offset & umbra_mask(instruction->address_size));
}

static u32 umbra_to_page_end(u64 address)
{
	return UMBRA_PAGE - (address & (UMBRA_PAGE - 1));
}

/* Of one operand, that may lie in two pages; the address wraps like the operand's does. */
static u64 umbra_in_next_page(const struct umbra_machine *machine, u64 address)
{
	u64 next = address + umbra_to_page_end(address);

	return machine->code_size == 8 ? next : (u32)next;
}

static enum umbra_outcome umbra_probe(const struct umbra_machine *machine,
				      const struct umbra_bus *bus, u64 address, u8 bytes,
				      bool write, bool *device)
{
	enum umbra_outcome outcome = bus->probe(bus->context, address, write, device);
	bool other;

	if (outcome == UMBRA_CARRIED_OUT && umbra_to_page_end(address) < bytes) {
		outcome = bus->probe(bus->context, umbra_in_next_page(machine, address), write,
				     &other);
		*device |= other;
	}
	return outcome;
}

/* Across two pages it becomes accesses of single bytes. */
static enum umbra_outcome umbra_load(const struct umbra_machine *machine,
				     const struct umbra_bus *bus, u64 address, u8 bytes, u64 *value)
{
	u32 here = umbra_to_page_end(address);
	enum umbra_outcome outcome;
	u8 data[8] = {};
	u8 i;

	if (here >= bytes) {
		outcome = bus->read(bus->context, address, bytes, 0, 1, data);
	} else {
		outcome = bus->read(bus->context, address, 1, 1, here, data);
		if (outcome == UMBRA_CARRIED_OUT)
			outcome = bus->read(bus->context, umbra_in_next_page(machine, address), 1,
					    1, bytes - here, data + here);
	}
	*value = 0;
	for (i = 0; i < bytes; i++)
		*value |= (u64)data[i] << 8 * i;
	return outcome;
}

static enum umbra_outcome umbra_store(const struct umbra_machine *machine,
				      const struct umbra_bus *bus, u64 address, u8 bytes,
				      u64 value, bool bound)
{
	u32 here = umbra_to_page_end(address);
	enum umbra_outcome outcome;
	u8 data[8];
	u8 i;

	for (i = 0; i < bytes; i++)
		data[i] = value >> 8 * i;
	if (here >= bytes)
		return bus->write(bus->context, address, bytes, 0, 1, data, bound);
	outcome = bus->write(bus->context, address, 1, 1, here, data, bound);
	if (outcome == UMBRA_CARRIED_OUT)
		outcome = bus->write(bus->context, umbra_in_next_page(machine, address), 1, 1,
				     bytes - here, data + here, true);
	return outcome;
}

/* ------------------------------------------------------- single operands */

/* The destination is memory. */
static enum umbra_outcome umbra_change_memory(struct umbra_machine *machine,
					      const struct umbra_instruction *instruction,
					      const struct umbra_bus *bus, u64 address)
{
	u8 size = instruction->size, operation = instruction->operation;
	bool reads = operation != UMBRA_MOV;
	u64 flags = machine->flags;
	enum umbra_outcome outcome;
	u64 source, value = 0;
	bool device;

	source = instruction->form == UMBRA_FORM_MEMORY_REGISTER ?
		umbra_get(machine->registers, instruction->reg, size, instruction->high_byte) :
		instruction->immediate & umbra_mask(size);
	outcome = umbra_probe(machine, bus, address, size, !umbra_discards(operation), &device);
	if (outcome == UMBRA_CARRIED_OUT && reads)
		outcome = umbra_load(machine, bus, address, size, &value);
	if (outcome != UMBRA_CARRIED_OUT)
		return outcome;
	source = operation == UMBRA_XCHG ? source :
		 umbra_calculate(operation, value, source, size, &flags);
	if (!umbra_discards(operation))
		outcome = umbra_store(machine, bus, address, size, source, reads);
	if (outcome != UMBRA_CARRIED_OUT)
		return outcome;
	if (operation == UMBRA_XCHG)
		umbra_set(machine->registers, instruction->reg, size, instruction->high_byte,
			  value);
	machine->flags = flags;
	umbra_next(machine, instruction);
	return UMBRA_CARRIED_OUT;
}

/* The destination is a register. */
static enum umbra_outcome umbra_change_register(struct umbra_machine *machine,
						const struct umbra_instruction *instruction,
						const struct umbra_bus *bus, u64 address)
{
	u8 size = instruction->size;
	u64 a = umbra_get(machine->registers, instruction->reg, size, instruction->high_byte);
	enum umbra_outcome outcome;
	bool device;
	u64 value;

	outcome = umbra_probe(machine, bus, address, instruction->memory_size, false, &device);
	if (outcome == UMBRA_CARRIED_OUT)
		outcome = umbra_load(machine, bus, address, instruction->memory_size, &value);
	if (outcome != UMBRA_CARRIED_OUT)
		return outcome;
	if (instruction->operation == UMBRA_MOV_SIGNED)
		value = umbra_sign_extend(value, instruction->memory_size);
	value = umbra_calculate(instruction->operation, a, value, size, &machine->flags);
	if (!umbra_discards(instruction->operation))
		umbra_set(machine->registers, instruction->reg, size, instruction->high_byte,
			  value);
	umbra_next(machine, instruction);
	return UMBRA_CARRIED_OUT;
}

/* --------------------------------------------------------------- strings */

struct umbra_run {
	u64 source, destination;	/* linear addresses of the first element */
	u32 count;
	s8 step;
	bool from_device, to_device;
};

/* Elements from offset on that lie in one page and before the offset wraps; at least 1. */
static u64 umbra_elements(u64 address, u64 offset, u64 mask, u8 size, bool down)
{
	u64 bytes = down ? (address & (UMBRA_PAGE - 1)) + size : umbra_to_page_end(address);
	u64 before_wrap = down ? offset : mask - offset;

	bytes = bytes / size;
	if (bytes > before_wrap / size)
		bytes = before_wrap / size;
	return bytes ?: 1;
}

static enum umbra_outcome umbra_probe_run(const struct umbra_machine *machine,
					  const struct umbra_bus *bus, u8 size, bool reads_source,
					  bool reads_destination, bool writes,
					  struct umbra_run *run)
{
	enum umbra_outcome outcome = UMBRA_CARRIED_OUT;

	if (reads_source)
		outcome = umbra_probe(machine, bus, run->source, size, false, &run->from_device);
	if (outcome == UMBRA_CARRIED_OUT && (reads_destination || writes))
		outcome = umbra_probe(machine, bus, run->destination, size, writes,
				      &run->to_device);
	return outcome;
}

/* Moves the run, one element at a time where it crosses into another page. */
static enum umbra_outcome umbra_move_run(const struct umbra_machine *machine,
					 const struct umbra_instruction *instruction,
					 const struct umbra_bus *bus, struct umbra_run *run)
{
	u8 size = instruction->size, i;
	bool loads = instruction->operation == UMBRA_MOVS;
	enum umbra_outcome outcome;
	u8 data[UMBRA_RUN_MAXIMUM];
	u64 value;
	u32 at;

	if ((loads && umbra_to_page_end(run->source) < size) ||
	    umbra_to_page_end(run->destination) < size ||
	    (run->from_device && run->to_device))
		run->count = 1;
	if (run->count == 1) {
		value = machine->registers[REGISTER_ACCUMULATOR];
		if (loads) {
			outcome = umbra_load(machine, bus, run->source, size, &value);
			if (outcome != UMBRA_CARRIED_OUT)
				return outcome;
		}
		return umbra_store(machine, bus, run->destination, size, value,
				   run->from_device);
	}
	if (loads) {
		outcome = bus->read(bus->context, run->source, size, run->step, run->count, data);
		if (outcome != UMBRA_CARRIED_OUT)
			return outcome;
	} else {
		for (at = 0; at < run->count; at++)
			for (i = 0; i < size; i++)
				data[at * size + i] =
					machine->registers[REGISTER_ACCUMULATOR] >> 8 * i;
	}
	return bus->write(bus->context, run->destination, size, run->step, run->count, data,
			  run->from_device);
}

/* LODS, CMPS, SCAS: one element. */
static enum umbra_outcome umbra_look_at_element(struct umbra_machine *machine,
						const struct umbra_instruction *instruction,
						const struct umbra_bus *bus,
						const struct umbra_run *run)
{
	u8 size = instruction->size, operation = instruction->operation;
	u64 a = umbra_get(machine->registers, REGISTER_ACCUMULATOR, size, false), b;
	enum umbra_outcome outcome = UMBRA_CARRIED_OUT;

	if (operation != UMBRA_SCAS)
		outcome = umbra_load(machine, bus, run->source, size, &a);
	if (outcome == UMBRA_CARRIED_OUT && operation != UMBRA_LODS)
		outcome = umbra_load(machine, bus, run->destination, size, &b);
	if (outcome != UMBRA_CARRIED_OUT)
		return outcome;
	if (operation == UMBRA_LODS)
		umbra_set(machine->registers, REGISTER_ACCUMULATOR, size, false, a);
	else
		umbra_calculate(UMBRA_CMP, a, b, size, &machine->flags);
	return UMBRA_CARRIED_OUT;
}

static void umbra_advance(struct umbra_machine *machine, u8 number, u8 address_size, u64 by)
{
	u64 value = machine->registers[number] + by;

	umbra_set(machine->registers, number, address_size, false, value);
}

static bool umbra_repeats(const struct umbra_machine *machine,
			  const struct umbra_instruction *instruction, u64 left)
{
	bool equal = machine->flags & FLAG_ZF;

	if (instruction->repeat == UMBRA_REPEAT_NONE || !left)
		return false;
	if (instruction->operation != UMBRA_CMPS && instruction->operation != UMBRA_SCAS)
		return true;
	return equal == (instruction->repeat == UMBRA_REPEAT);
}

static enum umbra_outcome umbra_emulate_string(struct umbra_machine *machine,
					       const struct umbra_instruction *instruction,
					       const struct umbra_bus *bus)
{
	u8 size = instruction->size, address_size = instruction->address_size;
	u8 operation = instruction->operation;
	bool uses_source = operation != UMBRA_STOS && operation != UMBRA_SCAS;
	bool uses_destination = operation != UMBRA_LODS;
	bool writes = operation == UMBRA_MOVS || operation == UMBRA_STOS;
	bool down = machine->flags & FLAG_DF;
	u64 mask = umbra_mask(address_size), most, left = 1;
	u64 source = machine->registers[REGISTER_SOURCE] & mask;
	u64 destination = machine->registers[REGISTER_DESTINATION] & mask;
	struct umbra_run run = {
		.source = umbra_linear(machine, instruction->segment, source),
		.destination = umbra_linear(machine, UMBRA_SEGMENT_ES, destination),
		.step = down ? -1 : 1,
	};
	enum umbra_outcome outcome;

	if (instruction->repeat != UMBRA_REPEAT_NONE)
		left = machine->registers[REGISTER_COUNT] & mask;
	if (!left) {
		umbra_next(machine, instruction);
		return UMBRA_CARRIED_OUT;
	}
	most = writes ? UMBRA_RUN_MAXIMUM / size : 1;
	if (most > left)
		most = left;
	if (uses_source && most > 1) {
		u64 there = umbra_elements(run.source, source, mask, size, down);

		most = most < there ? most : there;
	}
	if (most > 1) {
		u64 there = umbra_elements(run.destination, destination, mask, size, down);

		most = most < there ? most : there;
	}
	run.count = most;

	outcome = umbra_probe_run(machine, bus, size, uses_source,
				  uses_destination && !writes, writes, &run);
	if (outcome == UMBRA_CARRIED_OUT)
		outcome = writes ? umbra_move_run(machine, instruction, bus, &run) :
				   umbra_look_at_element(machine, instruction, bus, &run);
	if (outcome != UMBRA_CARRIED_OUT)
		return outcome;

	most = down ? -(u64)run.count * size : (u64)run.count * size;
	if (uses_source)
		umbra_advance(machine, REGISTER_SOURCE, address_size, most);
	if (uses_destination)
		umbra_advance(machine, REGISTER_DESTINATION, address_size, most);
	if (instruction->repeat != UMBRA_REPEAT_NONE) {
		left -= run.count;
		umbra_advance(machine, REGISTER_COUNT, address_size, -(u64)run.count);
	}
	if (!umbra_repeats(machine, instruction, left))
		umbra_next(machine, instruction);
	return UMBRA_CARRIED_OUT;
}

/* ----------------------------------------------------------------- entry */

enum umbra_outcome umbra_emulate(struct umbra_machine *machine,
				 const struct umbra_instruction *instruction,
				 const struct umbra_bus *bus)
{
	switch (instruction->form) {
	case UMBRA_FORM_STRING:
		return umbra_emulate_string(machine, instruction, bus);
	case UMBRA_FORM_REGISTER_MEMORY:
		return umbra_change_register(machine, instruction, bus,
					     umbra_operand_address(machine, instruction));
	default:
		return umbra_change_memory(machine, instruction, bus,
					   umbra_operand_address(machine, instruction));
	}
}

bool umbra_stored_word(const struct umbra_instruction *instruction,
		       const unsigned long *registers, u32 *value)
{
	if (instruction->operation != UMBRA_MOV || instruction->size != 4)
		return false;
	if (instruction->form == UMBRA_FORM_MEMORY_REGISTER)
		*value = registers[instruction->reg];
	else if (instruction->form == UMBRA_FORM_MEMORY_IMMEDIATE)
		*value = instruction->immediate;
	else
		return false;
	return true;
}
