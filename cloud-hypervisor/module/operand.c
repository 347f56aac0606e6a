// SPDX-License-Identifier: GPL-2.0
/*
 * The operands of an instruction: registers of each size, and memory by linear
 * address, which may lie in two pages and is then accessed byte by byte.
 */
#include "operand.h"

u64 umbra_get(const unsigned long *registers, u8 number, u8 bytes, bool high_byte)
{
	return registers[number] >> (high_byte ? 8 : 0) & umbra_mask(bytes);
}

void umbra_set(unsigned long *registers, u8 number, u8 bytes, bool high_byte, u64 value)
{
	u8 shift = high_byte ? 8 : 0;
	u64 mask = umbra_mask(bytes == 4 ? 8 : bytes) << shift;

	registers[number] = (registers[number] & ~mask) |
			    ((value & umbra_mask(bytes)) << shift & mask);
}

void umbra_next(struct umbra_machine *machine, const struct umbra_instruction *instruction)
{
	machine->instruction_pointer = (machine->instruction_pointer + instruction->length) &
				       umbra_mask(machine->code_size);
}

/* ---------------------------------------------------------------- memory */

u64 umbra_linear(const struct umbra_machine *machine, u8 segment, u64 offset)
{
	u64 address = machine->bases[segment] + offset;

	return machine->code_size == 8 ? address : (u32)address;
}

/* Of one operand, that may lie in two pages; the address wraps like the operand's does. */
static u64 umbra_in_next_page(const struct umbra_machine *machine, u64 address)
{
	u64 next = address + umbra_to_page_end(address);

	return machine->code_size == 8 ? next : (u32)next;
}

enum umbra_outcome umbra_probe(const struct umbra_machine *machine, const struct umbra_bus *bus,
			       u64 address, u8 bytes, bool write, bool *device)
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

enum umbra_outcome umbra_load(const struct umbra_machine *machine, const struct umbra_bus *bus,
			      u64 address, u8 bytes, u64 *value)
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

enum umbra_outcome umbra_store(const struct umbra_machine *machine, const struct umbra_bus *bus,
			       u64 address, u8 bytes, u64 value, bool bound)
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
