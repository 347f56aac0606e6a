// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions taken apart and carried out, next to the processor this runs on:
 * the fuzz loop makes up instructions of every kind known, carries them out on a
 * copy of memory, lets the processor do the same, and compares registers, flags
 * and memory. The modes a user program cannot enter are tested by example. Any
 * other bytes are decoded from the very end of an allocation.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "test.h"
#include "emulate.h"

struct umbra_state umbra;

#define WINDOW		(3 * UMBRA_PAGE)
#define COMPARED	0x8d5ul		/* CF PF AF ZF SF OF */
#define FLAG_AF		0x10ul

static u8 *native;		/* what the processor works on */
static u8 model[WINDOW];	/* what the emulation does */
static u64 origin;		/* linear address of the first byte of either */
static bool devices[3];		/* pages that are a device's */
static int device_reads, device_writes, stop_after = -1;
static bool last_bound;

static unsigned long registers[16];
static struct umbra_machine machine = { .registers = registers };

static enum umbra_outcome probe(void *context, u64 address, bool write, bool *device)
{
	EXPECT(address >= origin && address < origin + WINDOW);
	*device = devices[(address - origin) / UMBRA_PAGE];
	return UMBRA_CARRIED_OUT;
}

static enum umbra_outcome move(u64 address, u8 size, s8 step, u32 count, u8 *data, bool write)
{
	u32 i;

	EXPECT(count && count * size <= UMBRA_RUN_MAXIMUM);
	if (!stop_after--)
		return UMBRA_RUN_AGAIN;
	for (i = 0; i < count; i++, address += step * size, data += size) {
		u64 at = address - origin;

		EXPECT(address >= origin && at + size <= WINDOW);
		EXPECT(at / UMBRA_PAGE == (at + size - 1) / UMBRA_PAGE);
		if (write)
			memcpy(model + at, data, size);
		else
			memcpy(data, model + at, size);
		device_writes += write && devices[at / UMBRA_PAGE];
		device_reads += !write && devices[at / UMBRA_PAGE];
	}
	return UMBRA_CARRIED_OUT;
}

static enum umbra_outcome read_run(void *context, u64 address, u8 size, s8 step, u32 count,
				   u8 *data)
{
	return move(address, size, step, count, data, false);
}

static enum umbra_outcome write_run(void *context, u64 address, u8 size, s8 step, u32 count,
				    const u8 *data, bool bound)
{
	last_bound = bound;
	if (bound)
		stop_after = -1;
	return move(address, size, step, count, (u8 *)data, true);
}

static enum umbra_outcome copy_run(void *context, u64 source, u64 destination, u8 size, s8 step,
				   u32 count)
{
	u8 data[8];

	if (!stop_after--)
		return UMBRA_RUN_AGAIN;
	for (; count--; source += step * size, destination += step * size) {
		move(source, size, 0, 1, data, false);
		move(destination, size, 0, 1, data, true);
	}
	return UMBRA_CARRIED_OUT;
}

static const struct umbra_bus bus = {
	.probe = probe, .read = read_run, .write = write_run, .copy = copy_run,
};

/* ---------------------------------------------------------------- by example */

static void begin(u8 code_size, u64 first)
{
	u32 i;

	for (i = 0; i < 16; i++)
		registers[i] = 0x1111111100000000ul | i;
	memset(machine.bases, 0, sizeof(machine.bases));
	machine.code_size = code_size;
	machine.instruction_pointer = 0x100;
	machine.flags = 2;
	origin = first;
	memset(devices, 0, sizeof(devices));
	memset(model, 0, sizeof(model));
	device_reads = device_writes = 0;
	stop_after = -1;
}

static enum umbra_outcome run(const char *code, size_t length)
{
	struct umbra_instruction instruction;

	EXPECT(umbra_decode((const u8 *)code, length, machine.code_size, &instruction));
	EXPECT(instruction.length == length);
	return umbra_emulate(&machine, &instruction, &bus);
}

#define RUN(code) run(code, sizeof(code) - 1)

static void real_mode_adds_segments_and_wraps_offsets(void)
{
	begin(2, 0xa0000);
	machine.bases[UMBRA_SEGMENT_ES] = 0xa0000;
	machine.bases[UMBRA_SEGMENT_DS] = 0x90000;
	registers[7] = 0xabcd0010;
	registers[0] = 0x1234;
	/* mov %ax,%es:2(%di) */
	EXPECT(RUN("\x26\x89\x45\x02") == UMBRA_CARRIED_OUT);
	EXPECT(model[0x12] == 0x34 && model[0x13] == 0x12 && machine.instruction_pointer == 0x104);
	/* mov %bp-relative: the stack segment; bp + 0xfff0 wraps */
	machine.bases[UMBRA_SEGMENT_SS] = 0xa0000;
	registers[5] = 0x20;
	EXPECT(RUN("\x88\x86\xf0\xff") == UMBRA_CARRIED_OUT);
	EXPECT(model[0x10] == 0x34);
	/* movw $0x5678,%es:0x100; mov with 67 and 66: movl %eax,%es:(%edi) */
	EXPECT(RUN("\x26\xc7\x06\x00\x01\x78\x56") == UMBRA_CARRIED_OUT && model[0x101] == 0x56);
	registers[0] = 0xa1b2c3d4;
	registers[7] = 0x200;
	EXPECT(RUN("\x26\x67\x66\x89\x07") == UMBRA_CARRIED_OUT && model[0x203] == 0xa1);
	machine.instruction_pointer = 0xfffe;
	EXPECT(RUN("\x26\xa2\x00\x03") == UMBRA_CARRIED_OUT && machine.instruction_pointer == 2);
}

static void protected_mode_wraps_at_four_gigabytes(void)
{
	begin(4, 0);
	machine.bases[UMBRA_SEGMENT_DS] = 0xfffff000;
	registers[3] = 0x1111111100001010ul;
	/* movb $0x7f,(%ebx); inc %cx is 41 here, no REX: incw is two operands of its own */
	EXPECT(RUN("\xc6\x03\x7f") == UMBRA_CARRIED_OUT && model[0x10] == 0x7f);
	/* mov disp32 */
	EXPECT(RUN("\xa1\x10\x10\x00\x00") == UMBRA_CARRIED_OUT && registers[0] == 0x7f);
	/* 67: lea-like 16-bit addressing of [bx+si] */
	registers[3] = 0x1000;
	registers[6] = 0xffff0010;
	EXPECT(RUN("\x67\x80\x08\x80") == UMBRA_CARRIED_OUT && model[0x10] == 0xff);
}

static void repeated_moves_go_run_by_run(void)
{
	int rounds = 0;
	u32 i;

	begin(8, 0x10000);
	devices[2] = true;
	for (i = 0; i < 300; i++)
		model[16 + i] = i;
	registers[6] = 0x10010;
	registers[7] = 0x12000;
	registers[1] = 300;
	while (machine.instruction_pointer == 0x100) {
		EXPECT(RUN("\xf3\xa4") == UMBRA_CARRIED_OUT);
		rounds++;
	}
	EXPECT(rounds == 2 && !registers[1] && registers[6] == 0x1013c && registers[7] == 0x1212c);
	EXPECT(!memcmp(model + 16, model + 0x2000, 300) && device_writes == 300);
	EXPECT(machine.instruction_pointer == 0x102);
	/* nothing left: only the pointer moves */
	EXPECT(RUN("\xf3\xa4") == UMBRA_CARRIED_OUT && machine.instruction_pointer == 0x104);
}

static void from_device_to_device_is_one_copy(void)
{
	begin(8, 0x10000);
	devices[0] = devices[2] = true;
	registers[6] = 0x10010;
	registers[7] = 0x12000;
	registers[1] = 3;
	EXPECT(RUN("\xf3\xa5") == UMBRA_CARRIED_OUT);
	EXPECT(!registers[1] && device_reads == 3 && device_writes == 3);
	EXPECT(registers[7] == 0x1200c && machine.instruction_pointer == 0x102);
	/* Up to the end of a page. */
	registers[6] = 0x10000;
	registers[7] = 0x12010;
	registers[1] = 0x2000;
	machine.instruction_pointer = 0x100;
	EXPECT(RUN("\xf3\xa4") == UMBRA_CARRIED_OUT && registers[1] == 0x1010);
}

static void what_is_given_up_changes_nothing(void)
{
	unsigned long before[16];

	begin(8, 0x10000);
	registers[6] = 0x10010;
	registers[7] = 0x12000;
	registers[1] = 3;
	memcpy(before, registers, sizeof(before));
	stop_after = 0;
	EXPECT(RUN("\xf3\xa5") == UMBRA_RUN_AGAIN);
	stop_after = 1;
	EXPECT(RUN("\xf3\xa5") == UMBRA_RUN_AGAIN);
	stop_after = 0;
	EXPECT(RUN("\x03\x06") == UMBRA_RUN_AGAIN);
	stop_after = 0;
	EXPECT(RUN("\x89\x06") == UMBRA_RUN_AGAIN);
	EXPECT(!memcmp(before, registers, sizeof(before)));
	EXPECT(machine.instruction_pointer == 0x100 && machine.flags == 2);
	/* What was read is not read again. */
	devices[0] = true;
	EXPECT(RUN("\x09\x06") == UMBRA_CARRIED_OUT && last_bound);
}

static void others_are_refused(void)
{
	static const struct { u8 mode; const char *code; size_t length; } refused[] = {
		{ 8, "", 0 }, { 8, "\x89", 1 }, { 8, "\x89\xc8", 2 }, { 8, "\xc7\x04", 2 },
		{ 8, "\xc7\x00\x78\x56\x34", 5 },
		{ 8, "\x0f\x6f\x00", 3 }, { 8, "\x0f\x10\x00", 3 }, { 8, "\x0f\xb1\x00", 3 },
		{ 8, "\xff\x30", 2 }, { 8, "\xff\x10", 2 }, { 8, "\xf7\x20", 2 }, { 8, "\x8f\x00", 2 },
		{ 4, "\x63\x00", 2 }, { 4, "\x41\x89\x08", 3 }, { 8, "\xc5\xf8\x10\x00", 4 },
		{ 8, "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x89\x08", 16 },
	};
	struct umbra_instruction instruction;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(refused); i++)
		EXPECT(!umbra_decode((const u8 *)refused[i].code, refused[i].length,
				     refused[i].mode, &instruction));
}

static s64 stored(u8 mode, size_t length, const char *code)
{
	struct umbra_instruction instruction;
	u32 value = 0;

	return umbra_decode((const u8 *)code, length, mode, &instruction) &&
	       umbra_stored_word(&instruction, registers, &value) ? (s64)value : -1;
}

static void stored_words_are_read(void)
{
	begin(8, 0);
	/* mov %ecx,(%rax); mov %r9d,0x10(%rax); mov %r15d,(%rsp); mov %eax,moffs */
	EXPECT(stored(8, 2, "\x89\x08") == 1);
	EXPECT(stored(8, 4, "\x44\x89\x48\x10") == 9);
	EXPECT(stored(8, 4, "\x44\x89\x3c\x24") == 15);
	EXPECT(stored(8, 9, "\xa3\x10\x00\xc0\xfe\x00\x00\x00\x00") == 0);
	/* movl $0x12345678,: (%rax); 0x10(,%rax,4); 0x10(%rip) */
	EXPECT(stored(8, 6, "\xc7\x00\x78\x56\x34\x12") == 0x12345678);
	EXPECT(stored(8, 11, "\xc7\x04\x85\x10\x00\x00\x00\x78\x56\x34\x12") == 0x12345678);
	EXPECT(stored(8, 10, "\xc7\x05\x10\x00\x00\x00\x78\x56\x34\x12") == 0x12345678);
	EXPECT(stored(8, 6, "\xc7\x00\x00\x00\x00\xff") == 0xff000000ll);
	EXPECT(stored(8, 3, "\x65\x89\x08") == 1);
	/* 16 bits; a byte; a load; an addition */
	EXPECT(stored(8, 3, "\x66\x89\x08") == -1);
	EXPECT(stored(8, 2, "\x88\x08") == -1);
	EXPECT(stored(8, 2, "\x8b\x08") == -1);
	EXPECT(stored(8, 2, "\x01\x08") == -1);
	/* 16-bit code: movl $1,(%eax) and mov %eax,(%bx) by prefixes */
	EXPECT(stored(2, 8, "\x67\x66\xc7\x00\x01\x00\x00\x00") == 1);
	EXPECT(stored(2, 3, "\x66\x89\x07") == 0);
}

/* ------------------------------------------------- next to the processor */

struct native_state {
	unsigned long registers[16];
	unsigned long flags;
	unsigned long stack;
};

static struct native_state state;
static u8 *stub;
static size_t stub_head;

static void emit(size_t *at, const void *bytes, size_t length)
{
	memcpy(stub + *at, bytes, length);
	*at += length;
}

/* Loads or stores every register but RSP through %r15, which holds &state. */
static void emit_registers(size_t *at, bool load)
{
	int number;

	for (number = 0; number < 16; number++) {
		u8 code[] = { 0x49 | (number & 8 ? 4 : 0), load ? 0x8b : 0x89,
			      0x87 | (number & 7) << 3, number * 8, 0, 0, 0 };

		if (number != 4 && number != 15)
			emit(at, code, sizeof(code));
	}
}

/*
 * push callee-saved; mov $state,%r15; mov %rsp,128+8(%r15); flags and registers;
 * the instruction; pushf before anything else changes them; registers back.
 */
static void stub_begin(void)
{
	static const u8 saves[] = { 0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57 };
	static const u8 load_flags[] = { 0x41, 0xff, 0xb7, 128, 0, 0, 0, 0x9d };
	u8 base[10] = { 0x49, 0xbf };
	u64 address = (u64)&state;

	stub = mmap(NULL, UMBRA_PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(stub != MAP_FAILED);
	memcpy(base + 2, &address, 8);
	emit(&stub_head, saves, sizeof(saves));
	emit(&stub_head, base, sizeof(base));
	emit(&stub_head, load_flags, sizeof(load_flags));
	emit_registers(&stub_head, true);
}

static void run_natively(const u8 *code, size_t length)
{
	static const u8 keep_flags[] = { 0x9c, 0x41, 0x8f, 0x87, 128, 0, 0, 0, 0xfc };
	static const u8 restores[] = { 0x41, 0x5f, 0x41, 0x5e, 0x41, 0x5d, 0x41, 0x5c, 0x5d,
				       0x5b, 0xc3 };
	size_t at = stub_head;

	emit(&at, code, length);
	emit(&at, keep_flags, sizeof(keep_flags));
	emit_registers(&at, false);
	emit(&at, restores, sizeof(restores));
	((void (*)(void))stub)();
}

static const u8 with_modrm[] = {
	0x00, 0x01, 0x02, 0x03, 0x08, 0x09, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x18, 0x19,
	0x1a, 0x1b, 0x20, 0x21, 0x22, 0x23, 0x28, 0x29, 0x2a, 0x2b, 0x30, 0x31, 0x32, 0x33,
	0x38, 0x39, 0x3a, 0x3b, 0x63, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b,
	0x80, 0x81, 0x83, 0xc6, 0xc7, 0xf6, 0xf7, 0xfe, 0xff,
};
static const u8 extended[] = { 0xb6, 0xb7, 0xbe, 0xbf, 0xc3 };
static const u8 strings[] = { 0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf };

static bool one_of(u8 byte, const u8 *set, size_t count)
{
	while (count--)
		if (*set++ == byte)
			return true;
	return false;
}

/* An instruction of 64-bit mode whose operand is addressed by RBX, with RSI as index, or RDI and RSI. */
static size_t make_instruction(u8 *code)
{
	u8 kind = random_below(8), mod = random_below(3), opcode, reg;
	bool rex = random_below(2), index = random_below(2);
	size_t at = 0, i;

	if (random_below(3) == 0)
		code[at++] = 0x66;
	if (kind == 0) {
		if (random_below(2))
			code[at++] = 0xf2 + random_below(2);
		if (rex)
			code[at++] = 0x48;
		code[at++] = strings[random_below(sizeof(strings))];
		return at;
	}
	/* REX.W, REX.R */
	if (rex)
		code[at++] = 0x40 | random_below(2) << 3 | random_below(2) << 2;
	if (kind == 1) {
		code[at++] = 0x0f;
		opcode = extended[random_below(sizeof(extended))];
	} else {
		opcode = with_modrm[random_below(sizeof(with_modrm))];
	}
	code[at++] = opcode;
	reg = random_below(8);
	if (one_of(opcode, (const u8 *)"\xc6\xc7", 2) && kind != 1)
		reg = 0;
	if (one_of(opcode, (const u8 *)"\xf6\xf7", 2))
		reg = random_below(4);
	if (one_of(opcode, (const u8 *)"\xfe\xff", 2))
		reg = random_below(2);
	code[at++] = mod << 6 | reg << 3 | (index ? 4 : 3);
	if (index)
		code[at++] = random_below(4) << 6 | 6 << 3 | 3;
	for (i = 0; i < (mod == 1 ? 1 : mod == 2 ? 4 : 0); i++)
		code[at++] = i ? 0 : random_below(128);
	for (i = 0; i < 4; i++)
		code[at++] = random_number() >> 32;
	return at;
}

static bool touches(const struct umbra_instruction *instruction, u8 number)
{
	return instruction->form <= UMBRA_FORM_REGISTER_MEMORY && instruction->reg == number;
}

static void compare_round(void)
{
	struct umbra_instruction instruction;
	u8 code[32], defined_flags;
	u64 compared = COMPARED;
	size_t length = make_instruction(code);
	int i;

	if (!umbra_decode(code, length, 8, &instruction))
		return;
	/* RSP and R15 are the stub's own. */
	if (touches(&instruction, 4) || touches(&instruction, 15))
		return;
	length = instruction.length;
	random_fill(native, WINDOW / 64);
	random_fill(native + 2 * UMBRA_PAGE - 512, 1024);
	if (instruction.form == UMBRA_FORM_STRING && random_below(2))
		memset(native + 2 * UMBRA_PAGE - 512, random_below(2), 1024);
	memcpy(model, native, WINDOW);
	begin(8, (u64)native);
	memcpy(model, native, WINDOW);
	for (i = 0; i < 16; i++)
		registers[i] = random_number();
	registers[3] = origin + 2 * UMBRA_PAGE - random_below(64) - 32;
	registers[6] = random_below(16);
	if (instruction.form == UMBRA_FORM_STRING) {
		registers[1] = random_below(100);
		registers[6] = origin + 2 * UMBRA_PAGE - random_below(512);
		registers[7] = origin + 2 * UMBRA_PAGE - random_below(512);
		if (random_below(2))
			registers[0] = 0;
	}
	machine.flags = (random_number() & COMPARED) | 2 |
			(instruction.form == UMBRA_FORM_STRING && random_below(2) ? 0x400 : 0);
	devices[1] = random_below(2);
	devices[2] = random_below(2);
	/* Near each other: what one element stores another loads. */
	if (random_below(2))
		registers[7] = registers[6] + random_below(17) - 8;

	memcpy(state.registers, registers, sizeof(registers));
	state.flags = machine.flags;
	run_natively(code, length);
	i = 0;
	while (machine.instruction_pointer == 0x100) {
		EXPECT(umbra_emulate(&machine, &instruction, &bus) == UMBRA_CARRIED_OUT);
		EXPECT(i++ < 400);
	}
	EXPECT(machine.instruction_pointer == 0x100 + length);

	defined_flags = instruction.operation == UMBRA_AND || instruction.operation == UMBRA_OR ||
			instruction.operation == UMBRA_XOR || instruction.operation == UMBRA_TEST;
	if (defined_flags)
		compared &= ~FLAG_AF;
	for (i = 0; i < 15; i++)
		if (i != 4 && registers[i] != state.registers[i]) {
			fprintf(stderr, "register %d: %lx, processor %lx\n", i, registers[i],
				state.registers[i]);
			goto differs;
		}
	if ((machine.flags ^ state.flags) & compared) {
		fprintf(stderr, "flags %llx, processor %lx\n",
			(unsigned long long)machine.flags, state.flags);
		goto differs;
	}
	if (!memcmp(model, native, WINDOW))
		return;
	fprintf(stderr, "memory\n");
differs:
	for (i = 0; i < (int)length; i++)
		fprintf(stderr, "%02x ", code[i]);
	EXPECT(!"the same as the processor");
}

/* -------------------------------------------------------------- any bytes */

static enum umbra_outcome probe_anywhere(void *context, u64 address, bool write, bool *device)
{
	*device = random_below(2);
	return random_below(16) ? UMBRA_CARRIED_OUT : UMBRA_RUN_AGAIN;
}

static enum umbra_outcome read_anywhere(void *context, u64 address, u8 size, s8 step, u32 count,
					u8 *data)
{
	u64 last = address + step * (s64)(count - 1) * size;

	EXPECT(count && count * size <= UMBRA_RUN_MAXIMUM);
	EXPECT(address / UMBRA_PAGE == (address + size - 1) / UMBRA_PAGE);
	EXPECT(address / UMBRA_PAGE == last / UMBRA_PAGE);
	random_fill(data, count * size);
	return UMBRA_CARRIED_OUT;
}

static enum umbra_outcome write_anywhere(void *context, u64 address, u8 size, s8 step, u32 count,
					 const u8 *data, bool bound)
{
	u64 last = address + step * (s64)(count - 1) * size;

	EXPECT(count && count * size <= UMBRA_RUN_MAXIMUM);
	EXPECT(address / UMBRA_PAGE == (address + size - 1) / UMBRA_PAGE);
	EXPECT(address / UMBRA_PAGE == last / UMBRA_PAGE);
	return UMBRA_CARRIED_OUT;
}

static enum umbra_outcome copy_anywhere(void *context, u64 source, u64 destination, u8 size,
					s8 step, u32 count)
{
	u64 bytes = step * (s64)(count - 1) * size;

	EXPECT(count && count * size <= UMBRA_PAGE);
	EXPECT(source / UMBRA_PAGE == (source + bytes + size - 1) / UMBRA_PAGE);
	EXPECT(destination / UMBRA_PAGE == (destination + bytes + size - 1) / UMBRA_PAGE);
	return UMBRA_CARRIED_OUT;
}

static const struct umbra_bus anywhere = {
	.probe = probe_anywhere, .read = read_anywhere, .write = write_anywhere,
	.copy = copy_anywhere,
};

static void any_bytes_round(void)
{
	static const u8 modes[] = { 2, 4, 8 };
	static const u8 prefixes[] = { 0x66, 0x67, 0x26, 0x65, 0xf2, 0xf3, 0x48, 0x41 };
	size_t length = random_below(UMBRA_CODE_MAXIMUM + 3), i = 0;
	struct umbra_instruction instruction;
	u8 *code = malloc(length);

	random_fill(code, length);
	for (; i < length && random_below(3); i++)
		code[i] = prefixes[random_below(sizeof(prefixes))];
	if (i < length && random_below(4))
		code[i] = random_below(4) ? with_modrm[random_below(sizeof(with_modrm))] :
					    strings[random_below(sizeof(strings))];
	machine.code_size = modes[random_below(3)];
	for (i = 0; i < 16; i++)
		registers[i] = random_below(2) ? random_number() : random_number() & 0xffff;
	for (i = 0; i < UMBRA_SEGMENTS; i++)
		machine.bases[i] = random_below(2) ? 0 : random_number();
	machine.flags = random_number();
	if (umbra_decode(code, length, machine.code_size, &instruction)) {
		EXPECT(instruction.length && instruction.length <= length);
		EXPECT(instruction.length <= UMBRA_CODE_MAXIMUM);
		umbra_emulate(&machine, &instruction, &anywhere);
	}
	free(code);
}

static void fuzz_round(void)
{
	compare_round();
	any_bytes_round();
}

int main(int argc, char **argv)
{
	real_mode_adds_segments_and_wraps_offsets();
	protected_mode_wraps_at_four_gigabytes();
	repeated_moves_go_run_by_run();
	from_device_to_device_is_one_copy();
	what_is_given_up_changes_nothing();
	others_are_refused();
	stored_words_are_read();
	native = mmap(NULL, WINDOW, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(native != MAP_FAILED);
	stub_begin();
	fuzz(argc, argv, "emulate", fuzz_round);
	return 0;
}
