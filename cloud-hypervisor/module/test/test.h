/* SPDX-License-Identifier: GPL-2.0 */
/* Assertions and a random source for the module's user-space tests. */
#ifndef UMBRA_TEST_H
#define UMBRA_TEST_H

#include <stdio.h>
#include <time.h>

#include "umbra.h"

#define EXPECT(condition) do { \
	if (!(condition)) { \
		fprintf(stderr, "%s:%d: %s: not so: %s\n", __FILE__, __LINE__, __func__, \
			#condition); \
		exit(1); \
	} \
} while (0)

/* xorshift64*: the same sequence in every run of the same length. */
static u64 random_state = 0x9e3779b97f4a7c15ull;

static inline u64 random_number(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dull;
}

static inline u32 random_below(u32 limit)
{
	return random_number() % limit;
}

static inline bool random_fill(u8 *bytes, size_t length)
{
	while (length--)
		*bytes++ = random_number() >> 56;
	return true;
}

/* Runs one round again and again for the seconds given on the command line. */
static inline void fuzz(int argc, char **argv, const char *name, void (*round)(void))
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1);
	u64 rounds = 0;

	do {
		for (int i = 0; i < 256; i++)
			round();
		rounds += 256;
	} while (time(NULL) < end);
	printf("%s: %llu rounds of fuzzing\n", name, (unsigned long long)rounds);
}

#endif
