/* SPDX-License-Identifier: GPL-2.0 */
/* Registers and memory as the instructions see them. For emulate.c and emulate_string.c. */
#ifndef UMBRA_OPERAND_H
#define UMBRA_OPERAND_H

#include "arithmetic.h"
#include "emulate.h"

static inline u32 umbra_to_page_end(u64 address)
{
	return UMBRA_PAGE - (address & (UMBRA_PAGE - 1));
}

u64 umbra_get(const unsigned long *registers, u8 number, u8 bytes, bool high_byte);
/* 32-bit results clear the upper half, smaller ones leave the rest alone. */
void umbra_set(unsigned long *registers, u8 number, u8 bytes, bool high_byte, u64 value);
/* Goes on behind the instruction. */
void umbra_next(struct umbra_machine *machine, const struct umbra_instruction *instruction);
u64 umbra_linear(const struct umbra_machine *machine, u8 segment, u64 offset);
/* One operand, that may lie in two pages: it then becomes accesses of single bytes. */
enum umbra_outcome umbra_probe(const struct umbra_machine *machine, const struct umbra_bus *bus,
			       u64 address, u8 bytes, bool write, bool *device);
enum umbra_outcome umbra_load(const struct umbra_machine *machine, const struct umbra_bus *bus,
			      u64 address, u8 bytes, u64 *value);
enum umbra_outcome umbra_store(const struct umbra_machine *machine, const struct umbra_bus *bus,
			       u64 address, u8 bytes, u64 value, bool bound);

enum umbra_outcome umbra_emulate_string(struct umbra_machine *machine,
					const struct umbra_instruction *instruction,
					const struct umbra_bus *bus);

#endif
