// SPDX-License-Identifier: GPL-2.0
/*
 * Integer arithmetic with RFLAGS as a processor leaves them (AMD64 Architecture
 * Programmer's Manual, volume 1, 3.1.4). Where a flag is undefined, which is AF
 * after a logical operation, it is cleared.
 */
#include "arithmetic.h"

#define FLAG_CF		(1ull << 0)
#define FLAG_PF		(1ull << 2)
#define FLAG_AF		(1ull << 4)
#define FLAG_ZF		(1ull << 6)
#define FLAG_SF		(1ull << 7)
#define FLAG_OF		(1ull << 11)
#define FLAGS_RESULT	(FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF)

static bool umbra_even_parity(u8 value)
{
	value ^= value >> 4;
	value ^= value >> 2;
	value ^= value >> 1;
	return !(value & 1);
}

static u64 umbra_result_flags(u64 result, u8 bytes)
{
	return (result & umbra_mask(bytes) ? 0 : FLAG_ZF) |
	       (result >> (8 * bytes - 1) & 1 ? FLAG_SF : 0) |
	       (umbra_even_parity(result) ? FLAG_PF : 0);
}

static u64 umbra_add(u64 a, u64 b, bool carry, u8 bytes, u64 *flags)
{
	u64 result = (a + b + carry) & umbra_mask(bytes);
	bool over = (~(a ^ b) & (a ^ result)) >> (8 * bytes - 1) & 1;

	*flags = (*flags & ~(FLAGS_RESULT | FLAG_CF | FLAG_OF)) |
		 umbra_result_flags(result, bytes) | ((a ^ b ^ result) & FLAG_AF) |
		 (over ? FLAG_OF : 0) |
		 (result < a || (carry && result == a) ? FLAG_CF : 0);
	return result;
}

static u64 umbra_subtract(u64 a, u64 b, bool borrow, u8 bytes, u64 *flags)
{
	u64 result = (a - b - borrow) & umbra_mask(bytes);
	bool over = ((a ^ b) & (a ^ result)) >> (8 * bytes - 1) & 1;

	*flags = (*flags & ~(FLAGS_RESULT | FLAG_CF | FLAG_OF)) |
		 umbra_result_flags(result, bytes) | ((a ^ b ^ result) & FLAG_AF) |
		 (over ? FLAG_OF : 0) | (a < b || (borrow && a == b) ? FLAG_CF : 0);
	return result;
}

static u64 umbra_logical(u64 result, u8 bytes, u64 *flags)
{
	*flags = (*flags & ~(FLAGS_RESULT | FLAG_CF | FLAG_OF)) |
		 umbra_result_flags(result, bytes);
	return result;
}

u64 umbra_calculate(u8 operation, u64 a, u64 b, u8 bytes, u64 *flags)
{
	u64 carry = *flags & FLAG_CF;
	u64 result;

	switch (operation) {
	case UMBRA_ADD:
		return umbra_add(a, b, false, bytes, flags);
	case UMBRA_ADC:
		return umbra_add(a, b, carry, bytes, flags);
	case UMBRA_SBB:
		return umbra_subtract(a, b, carry, bytes, flags);
	case UMBRA_SUB:
	case UMBRA_CMP:
		return umbra_subtract(a, b, false, bytes, flags);
	case UMBRA_OR:
		return umbra_logical(a | b, bytes, flags);
	case UMBRA_AND:
	case UMBRA_TEST:
		return umbra_logical(a & b, bytes, flags);
	case UMBRA_XOR:
		return umbra_logical(a ^ b, bytes, flags);
	case UMBRA_NOT:
		return ~a & umbra_mask(bytes);
	case UMBRA_NEG:
		return umbra_subtract(0, a, false, bytes, flags);
	case UMBRA_INC:
	case UMBRA_DEC:
		/* The carry is left alone. */
		result = operation == UMBRA_INC ? umbra_add(a, 1, false, bytes, flags) :
						  umbra_subtract(a, 1, false, bytes, flags);
		*flags = (*flags & ~FLAG_CF) | carry;
		return result;
	default:
		return b;
	}
}
