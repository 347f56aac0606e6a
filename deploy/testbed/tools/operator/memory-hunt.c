// SPDX-License-Identifier: Apache-2.0
/*
 * memory-hunt: what an operator of the cloud VM can find in a process.
 *
 *   memory-hunt [-a] PID FILE
 *
 * FILE holds one pattern per line. Every readable mapping of the process is
 * searched, except for the RAM of the virtual machine it runs (mappings of the
 * memory backend), unless -a is given. Prints for each find
 *
 *   found LINE ADDRESS MAPPING
 *
 * and at the end "searched BYTES". Exit status 0: nothing found, 1: something
 * was, 2: the hunt could not be done.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATTERNS	16
#define PATTERN_MAXIMUM	256
#define CHUNK		(1u << 20)
#define FINDS_SHOWN	64
#define GUEST_RAM	"memory-backend"

static char patterns[PATTERNS][PATTERN_MAXIMUM + 2];
static size_t pattern_count;
static unsigned int finds;
static uint64_t searched;
static unsigned char buffer[PATTERN_MAXIMUM + CHUNK];

static void fail(const char *what)
{
	fprintf(stderr, "memory-hunt: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void read_patterns(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file)
		fail(path);
	while (pattern_count < PATTERNS &&
	       fgets(patterns[pattern_count], sizeof(patterns[0]), file)) {
		char *line = patterns[pattern_count];

		line[strcspn(line, "\r\n")] = 0;
		if (*line)
			pattern_count++;
	}
	fclose(file);
	if (!pattern_count) {
		fprintf(stderr, "memory-hunt: %s: no pattern\n", path);
		exit(2);
	}
}

static void search(uint64_t address, size_t length, const char *mapping)
{
	size_t i;

	for (i = 0; i < pattern_count; i++) {
		const unsigned char *at = buffer;
		size_t left = length;

		while ((at = memmem(at, left, patterns[i], strlen(patterns[i])))) {
			if (++finds <= FINDS_SHOWN)
				printf("found %zu %#" PRIx64 " %s\n", i + 1,
				       address + (uint64_t)(at - buffer), mapping);
			left = length - (size_t)(++at - buffer);
		}
	}
}

/* A pattern across two reads is found in the second, which keeps the end of the first; one within that end shows twice. */
static void hunt_mapping(int memory, uint64_t start, uint64_t end, const char *mapping)
{
	size_t kept = 0;

	while (start < end) {
		size_t wanted = end - start < CHUNK ? (size_t)(end - start) : CHUNK;
		ssize_t length = pread(memory, buffer + kept, wanted, (off_t)start);
		size_t next;

		if (length <= 0)
			return;
		searched += (uint64_t)length;
		search(start - kept, kept + (size_t)length, mapping);
		next = kept + (size_t)length;
		next = next < PATTERN_MAXIMUM ? next : PATTERN_MAXIMUM;
		memmove(buffer, buffer + kept + (size_t)length - next, next);
		kept = next;
		start += (uint64_t)length;
	}
}

static void hunt(const char *pid, bool guest_ram)
{
	char path[64], line[512];
	FILE *maps;
	int memory;

	snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	if (memory < 0)
		fail(path);
	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	maps = fopen(path, "r");
	if (!maps)
		fail(path);
	while (fgets(line, sizeof(line), maps)) {
		uint64_t start, end;
		char access[5] = "";
		int name = 0;

		line[strcspn(line, "\n")] = 0;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %n",
			   &start, &end, access, &name) < 3 || access[0] != 'r')
			continue;
		if (!guest_ram && strstr(line + name, GUEST_RAM))
			continue;
		hunt_mapping(memory, start, end, name ? line + name : "");
	}
	fclose(maps);
	close(memory);
}

int main(int argc, char **argv)
{
	bool guest_ram = argc > 1 && !strcmp(argv[1], "-a");

	if (argc - guest_ram != 3) {
		fprintf(stderr, "usage: memory-hunt [-a] PID FILE\n");
		return 2;
	}
	read_patterns(argv[2 + guest_ram]);
	hunt(argv[1 + guest_ram], guest_ram);
	printf("searched %" PRIu64 "\n", searched);
	return finds ? 1 : 0;
}
