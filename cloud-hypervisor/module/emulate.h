/* SPDX-License-Identifier: GPL-2.0 */
/* Carries out an instruction of a stopped vCPU. See emulate.c. */
#ifndef UMBRA_EMULATE_H
#define UMBRA_EMULATE_H

#include "decode.h"

#define UMBRA_PAGE	4096

enum umbra_outcome {
	UMBRA_CARRIED_OUT,	/* or a part of a repeated one: the rest is for its next run */
	UMBRA_RUN_AGAIN,	/* nothing changed; there is a fault to be seen to first, or L1 to run */
	UMBRA_REFUSED,
};

struct umbra_machine {
	unsigned long *registers;	/* by number */
	u64 instruction_pointer;
	u64 flags;
	u64 bases[UMBRA_SEGMENTS];	/* as they count in the mode the vCPU is in */
	u8 code_size;			/* 2, 4 or 8 */
};

/*
 * Memory by linear address. A run is count accesses of size bytes each, step
 * bytes apart, all within one page, at most UMBRA_RUN_MAXIMUM bytes of data. What does
 * not return CARRIED_OUT has had no effect.
 */
#define UMBRA_RUN_MAXIMUM	256

struct umbra_bus {
	void *context;
	/* Whether an access would succeed, and whether it goes to a device. */
	enum umbra_outcome (*probe)(void *context, u64 address, bool write, bool *device);
	enum umbra_outcome (*read)(void *context, u64 address, u8 size, s8 step, u32 count,
				   u8 *data);
	/* bound: what was read before must not be read again, so this has to succeed. */
	enum umbra_outcome (*write)(void *context, u64 address, u8 size, s8 step, u32 count,
				    const u8 *data, bool bound);
	/* From device to device, one element after the other; up to the end of a page. */
	enum umbra_outcome (*copy)(void *context, u64 source, u64 destination, u8 size, s8 step,
				   u32 count);
};

enum umbra_outcome umbra_emulate(struct umbra_machine *machine,
				 const struct umbra_instruction *instruction,
				 const struct umbra_bus *bus);
/* True: it stores a word of 32 bits that does not depend on memory. */
bool umbra_stored_word(const struct umbra_instruction *instruction,
		       const unsigned long *registers, u32 *value);

#endif
