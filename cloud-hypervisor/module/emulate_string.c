// SPDX-License-Identifier: GPL-2.0
/*
 * The string instructions. A repeated one moves one run per call, as processors
 * may do at any iteration; the instruction pointer stays until the last. A run
 * from device to device is the bus's: a VGA copies through latches that hold one
 * access, so that loads and stores must alternate. What only looks goes one
 * element at a time.
 */
#include "operand.h"

#define FLAG_ZF		(1ull << 6)
#define FLAG_DF		(1ull << 10)

#define REGISTER_ACCUMULATOR	0
#define REGISTER_COUNT		1
#define REGISTER_SOURCE		6
#define REGISTER_DESTINATION	7

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

/* Of a run whose elements are loaded before they are stored: none is to load what another stored. */
static u32 umbra_limited(const struct umbra_run *run, u8 size, bool loads)
{
	u64 ahead = run->step > 0 ? run->destination - run->source :
				    run->source - run->destination;
	u64 most = UMBRA_RUN_MAXIMUM / size;

	if (loads && ahead && ahead / size < most)
		most = ahead / size ?: 1;
	return run->count < most ? run->count : most;
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
	    umbra_to_page_end(run->destination) < size)
		run->count = 1;
	else if (run->from_device && run->to_device)
		return bus->copy(bus->context, run->source, run->destination, size, run->step,
				 run->count);
	run->count = umbra_limited(run, size, loads);
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

enum umbra_outcome umbra_emulate_string(struct umbra_machine *machine,
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
	most = writes ? UMBRA_PAGE / size : 1;
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
