// SPDX-License-Identifier: GPL-2.0
/*
 * Takes an instruction apart that reaches memory with an integer operand: MOV
 * and its extending forms, XCHG, the arithmetic of two operands and of one, and
 * the string instructions. That is what drivers, firmware and compilers use on
 * a device's memory. Everything else is refused, vector moves among it: the
 * hardware documents of the devices served here know accesses of at most eight
 * bytes. Chapter numbers are those of the AMD64 Architecture Programmer's
 * Manual, volume 3.
 *
 * The processor has run into this instruction and found nothing wrong with it,
 * so what would be an invalid combination of prefixes need not be told apart.
 * But the tenant may have written other bytes there since: any bytes are taken,
 * and none beyond the length given is looked at.
 */
#include "decode.h"

struct umbra_reader {
	const u8 *code;
	size_t length;
	size_t at;
	bool short_of_code;
	u8 code_size;
	bool operand_prefix;
	bool address_prefix;
	u8 rex;
	u8 override;		/* enum umbra_segment, or UMBRA_SEGMENTS */
	struct umbra_instruction *to;
};

#define REX_W	8
#define REX_R	4
#define REX_X	2
#define REX_B	1

static u8 umbra_take(struct umbra_reader *reader)
{
	if (reader->at >= reader->length || reader->at >= UMBRA_CODE_MAXIMUM) {
		reader->short_of_code = true;
		return 0;
	}
	return reader->code[reader->at++];
}

/* A little-endian integer, sign-extended. */
static u64 umbra_take_signed(struct umbra_reader *reader, u8 bytes)
{
	u64 value = 0;
	u8 i;

	for (i = 0; i < bytes; i++)
		value |= (u64)umbra_take(reader) << 8 * i;
	if (bytes < 8 && value >> (8 * bytes - 1) & 1)
		value |= ~0ull << 8 * bytes;
	return value;
}

/* Legacy prefixes and REX, 1.2. A REX prefix counts only as the last one. */
static u8 umbra_take_prefixes(struct umbra_reader *reader)
{
	for (;;) {
		u8 byte = umbra_take(reader);

		switch (byte) {
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
			/* 64-bit mode ignores them, also after one that counts. */
			if (reader->code_size != 8)
				reader->override = byte >> 3 & 3;
			break;
		case 0x64:
		case 0x65:
			reader->override = byte & 1 ? UMBRA_SEGMENT_GS : UMBRA_SEGMENT_FS;
			break;
		case 0x66:
			reader->operand_prefix = true;
			break;
		case 0x67:
			reader->address_prefix = true;
			break;
		case 0xf0:
			break;
		case 0xf2:
			reader->to->repeat = UMBRA_REPEAT_WHILE_NOT_EQUAL;
			break;
		case 0xf3:
			reader->to->repeat = UMBRA_REPEAT;
			break;
		default:
			if (reader->code_size != 8 || (byte & 0xf0) != 0x40)
				return byte;
			reader->rex = byte;
			continue;
		}
		reader->rex = 0;
		if (reader->short_of_code)
			return 0;
	}
}

static u8 umbra_operand_size(const struct umbra_reader *reader)
{
	if (reader->rex & REX_W)
		return 8;
	return (reader->code_size == 2) == reader->operand_prefix ? 4 : 2;
}

static u8 umbra_address_size(const struct umbra_reader *reader)
{
	if (!reader->address_prefix)
		return reader->code_size;
	return reader->code_size == 4 ? 2 : 4;
}

static void umbra_set_register(struct umbra_reader *reader, u8 number)
{
	struct umbra_instruction *to = reader->to;

	/* Without REX the byte registers 4 to 7 are AH, CH, DH and BH. */
	to->high_byte = to->size == 1 && !reader->rex && number >= 4;
	to->reg = to->high_byte ? number - 4 : number | (reader->rex & REX_R ? 8 : 0);
}

/* Memory operand of 16-bit addressing, 1.4, table of ModRM. */
static void umbra_take_operand_16(struct umbra_reader *reader, u8 mod, u8 rm)
{
	static const u8 bases[] = { 3, 3, 5, 5, 6, 7, 5, 3 };		/* BX BX BP BP SI DI BP BX */
	static const u8 indexes[] = { 6, 7, 6, 7 };			/* SI DI SI DI */
	struct umbra_instruction *to = reader->to;

	to->base = mod == 0 && rm == 6 ? UMBRA_NO_REGISTER : bases[rm];
	if (rm < 4)
		to->index = indexes[rm];
	if (to->base == UMBRA_NO_REGISTER || mod == 2)
		to->displacement = umbra_take_signed(reader, 2);
	else if (mod == 1)
		to->displacement = umbra_take_signed(reader, 1);
}

static void umbra_take_operand_32(struct umbra_reader *reader, u8 mod, u8 rm)
{
	struct umbra_instruction *to = reader->to;
	u8 sib;

	to->base = rm | (reader->rex & REX_B ? 8 : 0);
	if (rm == 4) {
		sib = umbra_take(reader);
		to->base = (sib & 7) | (reader->rex & REX_B ? 8 : 0);
		to->index = (sib >> 3 & 7) | (reader->rex & REX_X ? 8 : 0);
		to->scale = sib >> 6;
		if (to->index == 4)
			to->index = UMBRA_NO_REGISTER;
		if (mod == 0 && (sib & 7) == 5)
			to->base = UMBRA_NO_REGISTER;
	} else if (mod == 0 && rm == 5) {
		to->base = reader->code_size == 8 ? UMBRA_REGISTER_NEXT : UMBRA_NO_REGISTER;
	}
	if (mod == 2 || (mod == 0 && (to->base == UMBRA_NO_REGISTER ||
				      to->base == UMBRA_REGISTER_NEXT)))
		to->displacement = umbra_take_signed(reader, 4);
	else if (mod == 1)
		to->displacement = umbra_take_signed(reader, 1);
}

/* ModRM and what follows from it; returns its register field. False operand: it names a register. */
static u8 umbra_take_operand(struct umbra_reader *reader, bool *memory)
{
	struct umbra_instruction *to = reader->to;
	u8 modrm = umbra_take(reader);
	u8 mod = modrm >> 6, rm = modrm & 7;

	*memory = mod != 3;
	if (!*memory)
		return modrm >> 3 & 7;
	if (to->address_size == 2)
		umbra_take_operand_16(reader, mod, rm);
	else
		umbra_take_operand_32(reader, mod, rm);
	if (reader->override != UMBRA_SEGMENTS)
		to->segment = reader->override;
	else if (to->base == 4 || to->base == 5)
		to->segment = UMBRA_SEGMENT_SS;
	return modrm >> 3 & 7;
}

static bool umbra_with_register(struct umbra_reader *reader, u8 operation, bool to_memory)
{
	struct umbra_instruction *to = reader->to;
	bool memory;
	u8 number;

	to->operation = operation;
	to->form = to_memory ? UMBRA_FORM_MEMORY_REGISTER : UMBRA_FORM_REGISTER_MEMORY;
	number = umbra_take_operand(reader, &memory);
	umbra_set_register(reader, number);
	return memory;
}

static bool umbra_with_immediate(struct umbra_reader *reader, u8 operation, u8 bytes)
{
	reader->to->operation = operation;
	reader->to->form = UMBRA_FORM_MEMORY_IMMEDIATE;
	/* An immediate has at most four bytes, 1.2. */
	reader->to->immediate = umbra_take_signed(reader, bytes > 4 ? 4 : bytes);
	return true;
}

static bool umbra_group(struct umbra_reader *reader, u8 opcode)
{
	struct umbra_instruction *to = reader->to;
	bool memory;
	u8 number = umbra_take_operand(reader, &memory);

	if (!memory)
		return false;
	to->form = UMBRA_FORM_MEMORY;
	switch (opcode) {
	case 0x80:
	case 0x81:
		return umbra_with_immediate(reader, UMBRA_ADD + number, to->size);
	case 0x83:
		return umbra_with_immediate(reader, UMBRA_ADD + number, 1);
	case 0xc6:
	case 0xc7:
		return !number && umbra_with_immediate(reader, UMBRA_MOV, to->size);
	case 0xf6:
	case 0xf7:
		if (number < 2)
			return umbra_with_immediate(reader, UMBRA_TEST, to->size);
		to->operation = number == 2 ? UMBRA_NOT : UMBRA_NEG;
		return number < 4;
	default:
		to->operation = number ? UMBRA_DEC : UMBRA_INC;
		return number < 2;
	}
}

static bool umbra_string(struct umbra_reader *reader, u8 operation)
{
	struct umbra_instruction *to = reader->to;

	to->operation = operation;
	to->form = UMBRA_FORM_STRING;
	if (reader->override != UMBRA_SEGMENTS)
		to->segment = reader->override;
	return true;
}

/* MOV between the accumulator and an address that is part of the instruction. */
static bool umbra_with_offset(struct umbra_reader *reader, bool to_memory)
{
	struct umbra_instruction *to = reader->to;

	to->operation = UMBRA_MOV;
	to->form = to_memory ? UMBRA_FORM_MEMORY_REGISTER : UMBRA_FORM_REGISTER_MEMORY;
	to->displacement = umbra_take_signed(reader, to->address_size);
	if (reader->override != UMBRA_SEGMENTS)
		to->segment = reader->override;
	return true;
}

static bool umbra_two_byte(struct umbra_reader *reader)
{
	struct umbra_instruction *to = reader->to;
	u8 opcode = umbra_take(reader);

	switch (opcode) {
	case 0xb6:
	case 0xb7:
	case 0xbe:
	case 0xbf:
		to->size = umbra_operand_size(reader);
		to->memory_size = opcode & 1 ? 2 : 1;
		return umbra_with_register(reader, opcode & 8 ? UMBRA_MOV_SIGNED : UMBRA_MOV,
					   false);
	case 0xc3:	/* MOVNTI */
		to->size = to->memory_size = reader->rex & REX_W ? 8 : 4;
		return to->repeat == UMBRA_REPEAT_NONE && !reader->operand_prefix &&
		       umbra_with_register(reader, UMBRA_MOV, true);
	default:
		return false;
	}
}

static bool umbra_one_byte(struct umbra_reader *reader, u8 opcode)
{
	struct umbra_instruction *to = reader->to;

	to->size = to->memory_size = opcode & 1 ? umbra_operand_size(reader) : 1;
	if (opcode < 0x40)
		return (opcode & 7) < 4 &&
		       umbra_with_register(reader, UMBRA_ADD + (opcode >> 3), !(opcode & 2));
	switch (opcode) {
	case 0x63:
		/* MOVSXD; outside of 64-bit mode it is another instruction. */
		to->size = umbra_operand_size(reader);
		to->memory_size = to->size == 2 ? 2 : 4;
		return reader->code_size == 8 &&
		       umbra_with_register(reader, UMBRA_MOV_SIGNED, false);
	case 0x80:
	case 0x81:
	case 0x83:
	case 0xc6:
	case 0xc7:
	case 0xf6:
	case 0xf7:
	case 0xfe:
	case 0xff:
		return umbra_group(reader, opcode);
	case 0x84:
	case 0x85:
		return umbra_with_register(reader, UMBRA_TEST, true);
	case 0x86:
	case 0x87:
		return umbra_with_register(reader, UMBRA_XCHG, true);
	case 0x88:
	case 0x89:
	case 0x8a:
	case 0x8b:
		return umbra_with_register(reader, UMBRA_MOV, !(opcode & 2));
	case 0xa0:
	case 0xa1:
	case 0xa2:
	case 0xa3:
		return umbra_with_offset(reader, opcode & 2);
	case 0xa4:
	case 0xa5:
		return umbra_string(reader, UMBRA_MOVS);
	case 0xa6:
	case 0xa7:
		return umbra_string(reader, UMBRA_CMPS);
	case 0xaa:
	case 0xab:
		return umbra_string(reader, UMBRA_STOS);
	case 0xac:
	case 0xad:
		return umbra_string(reader, UMBRA_LODS);
	case 0xae:
	case 0xaf:
		return umbra_string(reader, UMBRA_SCAS);
	default:
		return false;
	}
}

bool umbra_decode(const u8 *code, size_t length, u8 code_size,
		  struct umbra_instruction *instruction)
{
	struct umbra_reader reader = {
		.code = code,
		.length = length,
		.code_size = code_size,
		.override = UMBRA_SEGMENTS,
		.to = instruction,
	};
	bool known;
	u8 opcode;

	*instruction = (struct umbra_instruction){
		.segment = UMBRA_SEGMENT_DS,
		.base = UMBRA_NO_REGISTER,
		.index = UMBRA_NO_REGISTER,
	};
	opcode = umbra_take_prefixes(&reader);
	instruction->address_size = umbra_address_size(&reader);
	known = opcode == 0x0f ? umbra_two_byte(&reader) : umbra_one_byte(&reader, opcode);
	instruction->length = reader.at;
	return known && !reader.short_of_code;
}
