/* SPDX-License-Identifier: GPL-2.0 */
/* Instructions that reach memory, taken apart. See decode.c. */
#ifndef UMBRA_DECODE_H
#define UMBRA_DECODE_H

#include <linux/types.h>

#define UMBRA_CODE_MAXIMUM	15	/* bytes of one instruction */

enum umbra_operation {
	/* In the order of the opcode map and of the groups 80 to 83. */
	UMBRA_ADD,
	UMBRA_OR,
	UMBRA_ADC,
	UMBRA_SBB,
	UMBRA_AND,
	UMBRA_SUB,
	UMBRA_XOR,
	UMBRA_CMP,
	UMBRA_TEST,
	UMBRA_NOT,
	UMBRA_NEG,
	UMBRA_INC,
	UMBRA_DEC,
	UMBRA_MOV,		/* a smaller source is zero-extended */
	UMBRA_MOV_SIGNED,	/* a smaller source is sign-extended */
	UMBRA_XCHG,
	UMBRA_MOVS,
	UMBRA_STOS,
	UMBRA_LODS,
	UMBRA_CMPS,
	UMBRA_SCAS,
};

/* Destination, then source. */
enum umbra_form {
	UMBRA_FORM_MEMORY_REGISTER,
	UMBRA_FORM_REGISTER_MEMORY,
	UMBRA_FORM_MEMORY_IMMEDIATE,
	UMBRA_FORM_MEMORY,
	UMBRA_FORM_STRING,
};

/* In the order of their encoding. */
enum umbra_segment {
	UMBRA_SEGMENT_ES,
	UMBRA_SEGMENT_CS,
	UMBRA_SEGMENT_SS,
	UMBRA_SEGMENT_DS,
	UMBRA_SEGMENT_FS,
	UMBRA_SEGMENT_GS,
	UMBRA_SEGMENTS,
};

enum umbra_repeat {
	UMBRA_REPEAT_NONE,
	UMBRA_REPEAT_WHILE_NOT_EQUAL,	/* f2 */
	UMBRA_REPEAT,			/* f3: while equal, where it compares */
};

#define UMBRA_NO_REGISTER	0xff
#define UMBRA_REGISTER_NEXT	0xfe	/* as a base: the next instruction's address */

struct umbra_instruction {
	u8 length;
	u8 operation;		/* enum umbra_operation */
	u8 form;		/* enum umbra_form */
	u8 size;		/* bytes of the operands: 1, 2, 4 or 8 */
	u8 memory_size;		/* bytes of the one in memory, where it is smaller */
	u8 address_size;	/* 2, 4 or 8 */
	u8 segment;		/* enum umbra_segment: of the memory operand, or of RSI */
	u8 repeat;		/* enum umbra_repeat */
	u8 reg;			/* number of the register operand */
	bool high_byte;		/* it is bits 15 to 8 of that register */
	u8 base, index;		/* register numbers, UMBRA_NO_REGISTER, UMBRA_REGISTER_NEXT */
	u8 scale;		/* shift */
	u64 displacement;
	u64 immediate;		/* sign-extended to 64 bits */
};

/* code_size: what CS says of the code, 2, 4 or 8 bytes of address. False: not one of these, or cut short. */
bool umbra_decode(const u8 *code, size_t length, u8 code_size,
		  struct umbra_instruction *instruction);

#endif
