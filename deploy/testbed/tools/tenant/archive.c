// SPDX-License-Identifier: Apache-2.0
/* Headers as in POSIX's ustar; names longer than they have room for as GNU's tar writes them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive.h"

#define BLOCK		512
#define NAME_LENGTH	100

struct header {
	char name[NAME_LENGTH], mode[8], user[8], group[8], size[12], time[12], sum[8], type;
	char target[NAME_LENGTH], magic[8], rest[247];
};

_Static_assert(sizeof(struct header) == BLOCK, "a header of tar is a block");

void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void write_padded(const char *bytes, size_t length)
{
	static const char zeros[BLOCK];

	if (fwrite(bytes, 1, length, stdout) != length ||
	    fwrite(zeros, 1, -length % BLOCK, stdout) != -length % BLOCK)
		fail("output");
}

static void write_header(const char *name, char type, size_t size, const char *target)
{
	struct header header = { .type = type, .magic = "ustar  " };
	unsigned int sum = 0;
	size_t i;

	memcpy(header.name, name, strnlen(name, NAME_LENGTH));
	memcpy(header.target, target, strnlen(target, NAME_LENGTH));
	strcpy(header.mode, "0000644");
	strcpy(header.user, "0000000");
	strcpy(header.group, "0000000");
	snprintf(header.size, sizeof(header.size), "%011zo", size);
	snprintf(header.time, sizeof(header.time), "%011o", 0);
	memset(header.sum, ' ', sizeof(header.sum));
	for (i = 0; i < BLOCK; i++)
		sum += ((unsigned char *)&header)[i];
	snprintf(header.sum, sizeof(header.sum), "%06o", sum);
	write_padded((char *)&header, BLOCK);
}

/* GNU's way to say more than a header has room for. */
static void write_long(char type, const char *text)
{
	size_t length = strlen(text) + 1;

	if (length <= NAME_LENGTH)
		return;
	write_header("././@LongLink", type, length, "");
	write_padded(text, length);
}

void add_bytes(const char *name, const char *bytes, size_t length)
{
	write_long('L', name);
	write_header(name, '0', length, "");
	write_padded(bytes, length);
}

void add_link(const char *path)
{
	char target[LONGEST_PATH];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	if (length < 0)
		return;
	target[length] = 0;
	write_long('K', target);
	write_long('L', path + 1);
	write_header(path + 1, '2', 0, target);
}

void end_archive(void)
{
	static const char end[2 * BLOCK];

	write_padded(end, sizeof(end));
	if (fflush(stdout))
		fail("output");
}
