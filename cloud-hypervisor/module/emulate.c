// SPDX-License-Identifier: GPL-2.0
/*
 * Carries out what decode.c took apart, on a machine and a bus that the caller
 * supplies: nothing here knows the kernel.
 *
 * All or nothing: registers change after every access has succeeded. A load
 * from a device may have side effects, so whatever can fault is probed before
 * it, and the store that follows it is bound to succeed.
 */
#include "operand.h"

static u64 umbra_sign_extend(u64 value, u8 bytes)
{
	u64 sign = 1ull << (8 * bytes - 1);

	return ((value & umbra_mask(bytes)) ^ sign) - sign;
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

static bool umbra_discards(u8 operation)
{
	return operation == UMBRA_CMP || operation == UMBRA_TEST;
}

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
