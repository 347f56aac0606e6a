// SPDX-License-Identifier: Apache-2.0
/*
 * frame-storm: a service gone mad, for tests of the module.
 *
 *   frame-storm DEVICE COUNT SEED
 *
 * Waits until nobody else is attached, attaches, and writes COUNT frames of
 * which each is wrong in at least one way, so that none may have an effect;
 * between them come runs of bytes that are no frame at all, which the device
 * must refuse as a whole. Prints "rejected N" (well-framed, answered with
 * REJECTED by the module's counter) and "unframed N" (refused by write).
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <umbra/ultracall.h>

#define ATTACH_MS	20
#define ATTACH_TRIES	6000
#define NOBODY		0xfffffffffffffff0ull	/* no tenant VM has this number */

struct frame {
	struct umbra_frame_header header;
	unsigned char payload[UMBRA_FRAME_MAXIMUM - sizeof(struct umbra_frame_header)];
};

static uint64_t random_state;

static uint64_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void fill_randomly(void *bytes, size_t length)
{
	unsigned char *at = bytes;

	while (length--)
		*at++ = (unsigned char)random_number();
}

static size_t attach_frame(struct frame *frame)
{
	struct umbra_attach attach = {
		.lowest_major = htole16(UMBRA_PROTOCOL_MAJOR),
		.highest_major = htole16(UMBRA_PROTOCOL_MAJOR),
	};
	size_t length = sizeof(frame->header) + sizeof(attach);

	memset(frame, 0, sizeof(*frame));
	frame->header.length = htole32((uint32_t)length);
	frame->header.type = htole16(UMBRA_FRAME_ATTACH);
	memcpy(frame->payload, &attach, sizeof(attach));
	return length;
}

static int attach(const char *path)
{
	int tries;

	for (tries = 0; tries < ATTACH_TRIES; tries++) {
		struct frame frame;
		size_t length = attach_frame(&frame);
		int device = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

		if (device < 0)
			break;
		if (write(device, &frame, length) == (ssize_t)length)
			return device;
		close(device);
		poll(NULL, 0, ATTACH_MS);
	}
	fprintf(stderr, "frame-storm: %s: %s\n", path, strerror(errno));
	exit(EXIT_FAILURE);
}

/* Wrong in at least one way, whatever the rest says. */
static size_t wrong_frame(struct frame *frame)
{
	static const uint16_t types[] = {
		UMBRA_FRAME_PORT_READ_REPLY, UMBRA_FRAME_ULTRACALL_REPLY,
		UMBRA_FRAME_ACKNOWLEDGE, UMBRA_FRAME_CLAIM_PORTS,
		UMBRA_FRAME_INTERRUPT_LINE, UMBRA_FRAME_LATCH,
		UMBRA_FRAME_PAUSE, UMBRA_FRAME_RESUME,
	};
	size_t length = sizeof(frame->header) +
			8 * (random_number() % (sizeof(frame->payload) / 8 + 1));

	fill_randomly(frame, sizeof(*frame));
	frame->header.length = htole32((uint32_t)length);
	frame->header.flags = 0;
	frame->header.type = htole16(types[random_number() % (sizeof(types) / sizeof(types[0]))]);
	frame->header.cloud_vm = htole32((uint32_t)NOBODY);
	frame->header.tenant_vm = htole64(NOBODY);
	switch (random_number() % 4) {
	case 0:
		frame->header.flags = htole16((uint16_t)(random_number() | 1));
		break;
	case 1:
		frame->header.type = htole16((uint16_t)(random_number() | 0x8000));
		break;
	case 2:
		frame->header.type = htole16((uint16_t)(1 + random_number() % UMBRA_FRAME_REJECTED));
		break;
	default:
		break;
	}
	return length;
}

static size_t no_frame(struct frame *frame)
{
	static const uint32_t lengths[] = {
		0, 1, 8, 16, 23, 25, UMBRA_FRAME_MAXIMUM - 1,
		UMBRA_FRAME_MAXIMUM + 8, 0x7fffffff, 0xffffffff,
	};

	fill_randomly(frame, sizeof(*frame));
	frame->header.length = htole32(lengths[random_number() % (sizeof(lengths) / sizeof(lengths[0]))]);
	return sizeof(*frame);
}

static void drain(int device)
{
	static unsigned char bytes[65536];

	while (read(device, bytes, sizeof(bytes)) > 0)
		;
}

int main(int argc, char **argv)
{
	unsigned long count, rejected = 0, unframed = 0, i;
	struct frame frame;
	int device;

	if (argc != 4) {
		fprintf(stderr, "usage: frame-storm DEVICE COUNT SEED\n");
		return EXIT_FAILURE;
	}
	count = strtoul(argv[2], NULL, 10);
	random_state = strtoull(argv[3], NULL, 10) | 1;
	device = attach(argv[1]);
	for (i = 0; i < count; i++) {
		size_t length = wrong_frame(&frame);

		if (write(device, &frame, length) == (ssize_t)length)
			rejected++;
		if (i % 16)
			continue;
		length = no_frame(&frame);
		if (write(device, &frame, length) < 0)
			unframed++;
		drain(device);
	}
	printf("rejected %lu\nunframed %lu\n", rejected, unframed);
	close(device);
	return EXIT_SUCCESS;
}
