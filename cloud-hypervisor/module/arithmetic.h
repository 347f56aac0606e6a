/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UMBRA_ARITHMETIC_H
#define UMBRA_ARITHMETIC_H

#include "decode.h"

static inline u64 umbra_mask(u8 bytes)
{
	return bytes >= 8 ? ~0ull : (1ull << 8 * bytes) - 1;
}

/*
 * What becomes of the destination a, with the source b where there is one; both
 * without bits beyond their size. Moves give b.
 */
u64 umbra_calculate(u8 operation, u64 a, u64 b, u8 bytes, u64 *flags);

#endif
