// SPDX-License-Identifier: Apache-2.0
/*
 * umbra-relay: joins the module's device to a byte stream, so that the
 * services can run outside the emulated host.
 *
 *   umbra-relay DEVICE PORT
 *
 * PORT is a virtio-serial port. The service opens the conversation with a
 * preamble (see "the relayed stream" in umbra/ultracall.h); the relay then
 * opens DEVICE anew, sends the preamble back, and carries frames both ways
 * until either side ends. Whoever breaks the framing loses the device and has
 * to begin again with a preamble; the relay then sends one frame header of
 * zeros, which no reader accepts, because a virtio port has no hang-up in that
 * direction.
 *
 * The service should let 200 ms pass between closing its end and opening it
 * again: a port that is closed and opened within one time slice of the
 * emulated processor looks as if it had stayed open.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <umbra/ultracall.h>

#define BUFFER_SIZE	65536
#define RETRY_MS	50
#define LOOKS_TO_HANG_UP	2
#define PREAMBLE_SIZE	sizeof(struct umbra_relay_preamble)
#define HEADER_SIZE	sizeof(struct umbra_frame_header)

enum state {
	WAITING_FOR_PREAMBLE,
	WAITING_FOR_DEVICE,	/* preamble seen, device not there yet */
	RELAYING,
};

struct buffer {
	size_t start;
	size_t end;
	unsigned char data[BUFFER_SIZE];
};

static const char *device_path;
static int device = -1;
static int port = -1;
static enum state state;
static struct umbra_relay_preamble preamble;
static struct buffer to_device;
static struct buffer to_port;

static size_t used(const struct buffer *buffer)
{
	return buffer->end - buffer->start;
}

static size_t room(const struct buffer *buffer)
{
	return BUFFER_SIZE - buffer->end;
}

static void consume(struct buffer *buffer, size_t length)
{
	buffer->start += length;
	if (buffer->start == buffer->end)
		buffer->start = buffer->end = 0;
}

static void compact(struct buffer *buffer)
{
	size_t length = used(buffer);

	if (!buffer->start)
		return;
	memmove(buffer->data, buffer->data + buffer->start, length);
	buffer->start = 0;
	buffer->end = length;
}

static void clear(struct buffer *buffer)
{
	buffer->start = buffer->end = 0;
}

static void append(struct buffer *buffer, const void *data, size_t length)
{
	compact(buffer);
	if (room(buffer) < length)
		return;
	memcpy(buffer->data + buffer->end, data, length);
	buffer->end += length;
}

static void close_device(void)
{
	if (device >= 0)
		close(device);
	device = -1;
	state = WAITING_FOR_PREAMBLE;
}

static void port_hung_up(void)
{
	close_device();
	clear(&to_device);
	clear(&to_port);
}

/* Ends the conversation from this side. */
static void break_off(const char *why)
{
	static const unsigned char end_mark[HEADER_SIZE];

	fprintf(stderr, "umbra-relay: %s, waiting for a preamble\n", why);
	close_device();
	append(&to_port, end_mark, sizeof(end_mark));
}

static void open_device(void)
{
	device = open(device_path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (device < 0) {
		state = WAITING_FOR_DEVICE;
		return;
	}
	clear(&to_port);
	append(&to_port, &preamble, sizeof(preamble));
	state = RELAYING;
}

/* Drops everything before a preamble; true when a whole one was taken. */
static bool take_preamble(void)
{
	while (used(&to_device) >= UMBRA_RELAY_MAGIC_LENGTH) {
		const unsigned char *start = to_device.data + to_device.start;
		const unsigned char *found = memmem(start, used(&to_device),
						    UMBRA_RELAY_MAGIC,
						    UMBRA_RELAY_MAGIC_LENGTH);

		if (!found) {
			consume(&to_device, used(&to_device) -
					    (UMBRA_RELAY_MAGIC_LENGTH - 1));
			return false;
		}
		consume(&to_device, (size_t)(found - start));
		if (used(&to_device) < PREAMBLE_SIZE)
			return false;
		memcpy(&preamble, to_device.data + to_device.start,
		       PREAMBLE_SIZE);
		consume(&to_device, PREAMBLE_SIZE);
		return true;
	}
	return false;
}

enum verdict {
	FRAMES,		/* *length bytes of whole frames, perhaps none yet */
	PREAMBLE,	/* the service begins anew */
	BROKEN,
};

/* How much of the stream so far can go to the device. */
static enum verdict whole_frames(size_t *length)
{
	const unsigned char *data = to_device.data + to_device.start;
	size_t available = used(&to_device);
	size_t position = 0;

	while (available - position >= sizeof(__le32)) {
		const unsigned char *frame = data + position;
		size_t rest = available - position;
		__le32 raw;
		uint32_t size;

		memcpy(&raw, frame, sizeof(raw));
		size = le32toh(raw);
		if (size < HEADER_SIZE || size > UMBRA_FRAME_MAXIMUM ||
		    size % 8) {
			size_t compared = rest < UMBRA_RELAY_MAGIC_LENGTH ?
					  rest : UMBRA_RELAY_MAGIC_LENGTH;

			*length = position;
			if (memcmp(frame, UMBRA_RELAY_MAGIC, compared))
				return position ? FRAMES : BROKEN;
			return position || compared < UMBRA_RELAY_MAGIC_LENGTH ?
			       FRAMES : PREAMBLE;
		}
		if (rest < size)
			break;
		position += size;
	}
	*length = position;
	return FRAMES;
}

/* Returns false when the device cannot take more now, or nothing is left to do. */
static bool write_device(void)
{
	size_t length;
	ssize_t written;

	switch (whole_frames(&length)) {
	case PREAMBLE:
		close_device();
		return true;
	case BROKEN:
		consume(&to_device, 1);
		break_off("broken framing from the service");
		return true;
	case FRAMES:
		break;
	}
	if (!length)
		return false;
	written = write(device, to_device.data + to_device.start, length);
	if (written > 0 && (size_t)written <= length) {
		consume(&to_device, (size_t)written);
		return true;
	}
	if (written < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	break_off("the device refused the framing");
	return true;
}

static void process_stream(void)
{
	bool again = true;

	while (again) {
		if (state == RELAYING) {
			again = write_device();
			continue;
		}
		again = take_preamble();
		if (again)
			state = WAITING_FOR_DEVICE;
		if (state == WAITING_FOR_DEVICE)
			open_device();
		again = again && state == RELAYING;
	}
	compact(&to_device);
}

/* Returns false when the far end has hung up. */
static bool read_port(void)
{
	ssize_t length;

	if (!room(&to_device))
		return true;
	length = read(port, to_device.data + to_device.end, room(&to_device));
	if (length < 0)
		return errno == EAGAIN || errno == EINTR;
	if (length == 0)
		return false;
	to_device.end += (size_t)length;
	process_stream();
	return true;
}

static void read_device(void)
{
	ssize_t length;

	if (used(&to_port))
		return;
	length = read(device, to_port.data, BUFFER_SIZE);
	if (length > 0)
		to_port.end = (size_t)length;
	else if (length == 0 || (errno != EAGAIN && errno != EINTR))
		break_off("the device ended");
}

static void flush_port(void)
{
	while (used(&to_port)) {
		ssize_t written = write(port, to_port.data + to_port.start,
					used(&to_port));

		if (written <= 0)
			return;
		consume(&to_port, (size_t)written);
	}
}

static void open_port(const char *path)
{
	while ((port = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0) {
		if (errno != ENOENT && errno != EBUSY && errno != ENXIO) {
			perror(path);
			exit(EXIT_FAILURE);
		}
		poll(NULL, 0, RETRY_MS);
	}
}

static short device_events(void)
{
	short events = 0;

	if (!used(&to_port))
		events |= POLLIN;
	if (used(&to_device) >= HEADER_SIZE)
		events |= POLLOUT;
	return events;
}

/*
 * A closed port reports POLLHUP at once and always, so it is then looked at
 * every RETRY_MS instead. It counts as closed at the second look only: that
 * the far end was closed and opened is told on another queue than its data,
 * and may be noticed after the first bytes of the new conversation.
 */
static void relay(void)
{
	unsigned int looks = LOOKS_TO_HANG_UP;

	for (;;) {
		bool hung_up = looks > 0;
		struct pollfd set[2] = {
			{ .fd = hung_up ? -1 : port },
			{ .fd = device, .events = device_events() },
		};
		int timeout = hung_up || state == WAITING_FOR_DEVICE ?
			      RETRY_MS : -1;

		if (room(&to_device))
			set[0].events |= POLLIN;
		if (used(&to_port))
			set[0].events |= POLLOUT;
		if (poll(set, 2, timeout) < 0 && errno != EINTR) {
			perror("poll");
			exit(EXIT_FAILURE);
		}
		if (device >= 0 &&
		    (set[1].revents & (POLLIN | POLLERR | POLLHUP | POLLNVAL)))
			read_device();
		flush_port();
		if (hung_up || (set[0].revents & (POLLIN | POLLHUP | POLLERR))) {
			if (read_port())
				looks = 0;
			else if (looks < LOOKS_TO_HANG_UP &&
				 ++looks == LOOKS_TO_HANG_UP)
				port_hung_up();
		} else if ((set[1].revents & POLLOUT) ||
			   state == WAITING_FOR_DEVICE) {
			process_stream();
		}
		flush_port();
	}
}

/* Tenants that only compute would otherwise make those wait that talk to their devices. */
static void run_before_tenants(void)
{
	struct sched_param priority = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &priority))
		perror("umbra-relay: no real-time priority");
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: umbra-relay DEVICE PORT\n");
		return EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);
	run_before_tenants();
	device_path = argv[1];
	open_port(argv[2]);
	relay();
}
