// SPDX-License-Identifier: Apache-2.0
/*
 * call-storm: malformed ultracalls from a tenant's user space, for tests.
 *
 *   call-storm COUNT SEED
 *
 * Every call has the magic number and names a function that does not exist, or
 * an existing one with random arguments (the enrolment of secrets excepted:
 * guesses are rate-limited, and tested elsewhere). Prints "answered N" and
 * "strange N": calls whose answer was no status of the contract.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <umbra/ultracall.h>

static uint64_t random_state;

static uint64_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static uint32_t random_function(void)
{
	switch (random_number() % 4) {
	case 0:
		return UMBRA_FUNCTION_NAME;
	case 1:
		return UMBRA_FUNCTION_SERVICE;
	case 2:
		return UMBRA_FUNCTION_ECHO + 1 + (uint32_t)(random_number() % 64);
	default:
		return (uint32_t)random_number() | 0x80000000u;
	}
}

static uint64_t call(uint64_t function)
{
	uint64_t rax = UMBRA_ULTRACALL_MAGIC, rbx = function;
	uint64_t rcx = random_number(), rdx = random_number();
	uint64_t rsi = random_number(), rdi = random_number();

	asm volatile("vmmcall"
		     : "+a"(rax), "+b"(rbx), "+c"(rcx), "+d"(rdx), "+S"(rsi), "+D"(rdi)
		     : : "memory", "cc");
	return rax;
}

int main(int argc, char **argv)
{
	unsigned long count, answered = 0, strange = 0, i;

	if (argc != 3) {
		fprintf(stderr, "usage: call-storm COUNT SEED\n");
		return EXIT_FAILURE;
	}
	count = strtoul(argv[1], NULL, 10);
	random_state = strtoull(argv[2], NULL, 10) | 1;
	for (i = 0; i < count; i++) {
		/* The upper half of RBX is not part of the convention. */
		uint64_t status = call(random_function() | random_number() << 32);

		answered++;
		if (status >> 32 != UMBRA_STATUS_BASE >> 32)
			strange++;
	}
	printf("answered %lu\nstrange %lu\n", answered, strange);
	return EXIT_SUCCESS;
}
