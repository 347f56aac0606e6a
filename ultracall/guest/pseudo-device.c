// SPDX-License-Identifier: Apache-2.0
/*
 * pseudo-device: raises interrupt lines of tenant VMs on their own, unmodified
 * QEMU, so that an idle tenant notices input that waits for it in Umbra.
 *
 *   pseudo-device PORT DIRECTORY
 *
 * PORT is the virtio port the service speaks on, DIRECTORY holds the qtest
 * sockets (NAME.qtest). Runs without privilege: whoever controls it can send
 * interrupts to tenants, which their operator can do anyway, and learns
 * nothing. Requests and answers are lines of at most 128 bytes:
 *
 *   targets        ->  "target N NAME" for each socket, then "end"
 *   pulse N IRQ    ->  "ok N IRQ" or "error N IRQ REASON"
 *   ping           ->  "pong"
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lines.h"
#include "qtest_targets.h"

#define OUTPUT_MAXIMUM	16384
#define RETRY_MS	250

static int port = -1;
static struct line_buffer request;
static char output[OUTPUT_MAXIMUM];
static size_t output_length;

void answer(const char *format, ...)
{
	va_list arguments;
	char line[LINE_MAXIMUM];
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	if (length > (int)sizeof(line) - 2)
		length = sizeof(line) - 2;
	line[length++] = '\n';
	if (output_length + (size_t)length > sizeof(output))
		return;
	memcpy(output + output_length, line, (size_t)length);
	output_length += (size_t)length;
}

static void flush_output(void)
{
	ssize_t written;

	if (!output_length || port < 0)
		return;
	written = write(port, output, output_length);
	if (written <= 0)
		return;
	output_length -= (size_t)written;
	memmove(output, output + written, output_length);
}

static void pulse(const char *line)
{
	unsigned int number, irq;
	char rest;

	if (sscanf(line, "pulse %2u %2u%c", &number, &irq, &rest) == 2)
		pulse_target(number, irq);
	else
		answer("error 0 0 malformed");
}

static void handle_request(const char *line)
{
	if (!strcmp(line, "targets")) {
		connect_targets();
		list_targets();
		answer("end");
	} else if (!strcmp(line, "ping")) {
		answer("pong");
	} else if (!strncmp(line, "pulse ", 6)) {
		pulse(line);
	} else if (line[0]) {
		answer("error 0 0 unknown-request");
	}
}

/* Returns false when the far end has hung up. */
static bool read_port(void)
{
	char data[1024];
	size_t position = 0;
	ssize_t length = read(port, data, sizeof(data));

	if (length < 0)
		return errno == EAGAIN || errno == EINTR;
	if (length == 0)
		return false;
	while (next_line(&request, data, (size_t)length, &position))
		handle_request(request.data);
	return true;
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

/*
 * A port whose far end is closed reports POLLHUP at once and always: it is
 * left out of the set until the next look after RETRY_MS.
 */
static void serve(void)
{
	struct pollfd set[1 + TARGETS];
	bool hung_up = false;

	for (;;) {
		bool retry = hung_up || a_target_is_missing();

		set[0].fd = hung_up ? -1 : port;
		set[0].events = output_length ? POLLOUT : POLLIN;
		if (poll(set, 1 + TARGETS,
			 watch_targets(set + 1, retry ? RETRY_MS : -1)) < 0 &&
		    errno != EINTR) {
			perror("poll");
			exit(EXIT_FAILURE);
		}
		read_targets(set + 1);
		if (hung_up || (set[0].revents & (POLLIN | POLLHUP | POLLERR)))
			hung_up = !read_port();
		if (hung_up) {
			output_length = 0;
			memset(&request, 0, sizeof(request));
		}
		if (retry)
			connect_targets();
		flush_output();
	}
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: pseudo-device PORT DIRECTORY\n");
		return EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);
	open_port(argv[1]);
	open_targets(argv[2]);
	serve();
}
