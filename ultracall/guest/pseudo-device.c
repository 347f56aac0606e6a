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
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAXIMUM	128
#define TARGETS		64
#define NAME_MAXIMUM	64
#define PENDING		16	/* pulses of one target not answered by QEMU yet */
#define OUTPUT_MAXIMUM	16384
#define RETRY_MS	250
/* QEMU's answers can wait, the tenant cannot: reading them at once would take
 * the processor from the VM that was just woken.
 */
#define ANSWER_DELAY_MS	120
#define SUFFIX		".qtest"
#define ISA_IRQS	16
#define PROBE_IRQ	13	/* of the coprocessor, which raises it in no VM */

struct line_buffer {
	char data[LINE_MAXIMUM];
	size_t length;
	bool overlong;
};

struct target {
	char name[NAME_MAXIMUM];	/* empty: slot not used */
	int socket;			/* -1: not connected */
	unsigned int machine;		/* index into machines; MACHINES: none of them */
	bool probing;			/* QEMU has yet to say whether it is this one */
	struct line_buffer input;
	unsigned int pending[PENDING];	/* lines asked for, oldest first */
	unsigned int pending_count;
	long long read_after;		/* ms, monotonic; 0: at once */
	unsigned int answers;		/* QEMU's answers to the oldest */
	bool failed;			/* one of them was a failure */
};

/* Where QEMU keeps the IOAPIC, by machine type. It refuses the path of another. */
static const char *const machines[] = {
	"/machine/q35/ioapic",
	"/machine/i440fx/ioapic",
};

#define MACHINES	(sizeof(machines) / sizeof(machines[0]))

static struct target targets[TARGETS];
static const char *directory;
static int port = -1;
static struct line_buffer request;
static char output[OUTPUT_MAXIMUM];
static size_t output_length;

static void __attribute__((format(printf, 1, 2))) answer(const char *format, ...)
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

static long long now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
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

static void disconnect_target(struct target *target)
{
	unsigned int i;

	close(target->socket);
	target->socket = -1;
	for (i = 0; i < target->pending_count; i++)
		answer("error %d %u disconnected", (int)(target - targets),
		       target->pending[i]);
	target->pending_count = 0;
	target->probing = false;
	target->answers = 0;
	target->failed = false;
	memset(&target->input, 0, sizeof(target->input));
}

static bool send_lines(struct target *target, const char *lines, int length)
{
	return send(target->socket, lines, (size_t)length, MSG_NOSIGNAL) == length;
}

/*
 * Lowers a line that nobody raises: QEMU's answer tells the machine type. Pulses
 * wait for it, so that none is spent on the wrong one.
 */
static void probe(struct target *target)
{
	char line[LINE_MAXIMUM];
	int length = snprintf(line, sizeof(line), "set_irq_in %s unnamed-gpio-in %u 0\n",
			      machines[target->machine], PROBE_IRQ);

	target->probing = true;
	target->read_after = 0;
	if (!send_lines(target, line, length))
		disconnect_target(target);
}

static void connect_target(struct target *target)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(address.sun_path, sizeof(address.sun_path),
			      "%s/%s" SUFFIX, directory, target->name);

	if (length < 0 || length >= (int)sizeof(address.sun_path))
		return;
	target->socket = socket(AF_UNIX,
				SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (target->socket < 0)
		return;
	if (connect(target->socket, (struct sockaddr *)&address,
		    sizeof(address))) {
		close(target->socket);
		target->socket = -1;
		return;
	}
	target->machine = 0;
	probe(target);
}

/*
 * A name keeps its number when this program starts again, as the service has
 * learned which number wakes which VM.
 */
static struct target *slot_of(const char *name)
{
	unsigned int hash = 2166136261u, i;
	const char *c;

	for (c = name; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	for (i = 0; i < TARGETS; i++) {
		struct target *target = &targets[(hash + i) % TARGETS];

		if (!target->name[0] || !strcmp(target->name, name))
			return target;
	}
	return NULL;
}

static void connect_targets(void)
{
	DIR *listing = opendir(directory);
	struct dirent *entry;

	if (!listing)
		return;
	while ((entry = readdir(listing))) {
		size_t length = strlen(entry->d_name);
		size_t suffix = strlen(SUFFIX);
		char name[NAME_MAXIMUM];
		struct target *target;

		if (length <= suffix || length - suffix >= NAME_MAXIMUM ||
		    strcmp(entry->d_name + length - suffix, SUFFIX))
			continue;
		memcpy(name, entry->d_name, length - suffix);
		name[length - suffix] = 0;
		target = slot_of(name);
		if (!target || target->socket >= 0)
			continue;
		memcpy(target->name, name, sizeof(name));
		connect_target(target);
	}
	closedir(listing);
}

/* Both edges go out in one write: the tenant waits for the first. */
static bool send_pulse(struct target *target, unsigned int irq)
{
	const char *path = machines[target->machine];
	char lines[2 * LINE_MAXIMUM];
	int length = snprintf(lines, sizeof(lines),
			      "set_irq_in %s unnamed-gpio-in %u 1\n"
			      "set_irq_in %s unnamed-gpio-in %u 0\n",
			      path, irq, path, irq);

	return send_lines(target, lines, length);
}

static void pulse(const char *line)
{
	struct target *target;
	unsigned int number, irq;
	char rest;

	if (sscanf(line, "pulse %2u %2u%c", &number, &irq, &rest) != 2) {
		answer("error 0 0 malformed");
		return;
	}
	if (number >= TARGETS || !targets[number].name[0] || irq >= ISA_IRQS) {
		answer("error %u %u unknown", number, irq);
		return;
	}
	target = &targets[number];
	if (target->socket < 0)
		connect_target(target);
	if (target->socket < 0) {
		answer("error %u %u disconnected", number, irq);
		return;
	}
	if (target->machine == MACHINES) {
		answer("error %u %u machine", number, irq);
		return;
	}
	if (target->pending_count == PENDING) {
		answer("error %u %u busy", number, irq);
		return;
	}
	if (!target->pending_count && !target->probing)
		target->read_after = now_ms() + ANSWER_DELAY_MS;
	target->pending[target->pending_count++] = irq;
	if (!target->probing && !send_pulse(target, irq))
		disconnect_target(target);
}

static void list_targets(void)
{
	int i;

	connect_targets();
	for (i = 0; i < TARGETS; i++)
		if (targets[i].socket >= 0)
			answer("target %d %s", i, targets[i].name);
	answer("end");
}

static void handle_request(const char *line)
{
	if (!strcmp(line, "targets"))
		list_targets();
	else if (!strcmp(line, "ping"))
		answer("pong");
	else if (!strncmp(line, "pulse ", 6))
		pulse(line);
	else if (line[0])
		answer("error 0 0 unknown-request");
}

static void finish_oldest(struct target *target)
{
	unsigned int irq = target->pending[0];

	target->answers = 0;
	target->pending_count--;
	memmove(target->pending, target->pending + 1,
		target->pending_count * sizeof(target->pending[0]));
	if (!target->failed) {
		answer("ok %d %u", (int)(target - targets), irq);
		return;
	}
	target->failed = false;
	answer("error %d %u refused", (int)(target - targets), irq);
}

/* QEMU knows the path, or does not: then it is asked for the next one. */
static void finish_probe(struct target *target, bool known)
{
	unsigned int i, count = target->pending_count;

	if (!known && ++target->machine < MACHINES) {
		probe(target);
		return;
	}
	target->probing = false;
	for (i = 0; i < count; i++) {
		if (!known) {
			target->failed = true;
			finish_oldest(target);
		} else if (!send_pulse(target, target->pending[i])) {
			disconnect_target(target);
			return;
		}
	}
}

static void handle_qemu_answer(struct target *target, const char *line)
{
	bool done = !strncmp(line, "OK", 2);

	if (!strncmp(line, "IRQ", 3))
		return;
	if (target->probing) {
		finish_probe(target, done);
		return;
	}
	if (!target->pending_count)
		return;
	if (!done)
		target->failed = true;
	if (++target->answers == 2)
		finish_oldest(target);
}

/* Splits what was read into lines; a line too long is dropped as a whole. */
static bool next_line(struct line_buffer *buffer, const char *data,
		      size_t length, size_t *position)
{
	while (*position < length) {
		char c = data[(*position)++];

		if (c == '\n') {
			bool complete = !buffer->overlong;

			buffer->data[buffer->length] = 0;
			buffer->length = 0;
			buffer->overlong = false;
			if (complete)
				return true;
		} else if (buffer->length == LINE_MAXIMUM - 1) {
			buffer->overlong = true;
		} else if (c != '\r') {
			buffer->data[buffer->length++] = c;
		}
	}
	return false;
}

static void read_target(struct target *target)
{
	char data[1024];
	size_t position = 0;
	ssize_t length = recv(target->socket, data, sizeof(data), 0);

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (length <= 0) {
		disconnect_target(target);
		return;
	}
	while (target->socket >= 0 &&
	       next_line(&target->input, data, (size_t)length, &position))
		handle_qemu_answer(target, target->input.data);
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

static bool a_target_is_missing(void)
{
	bool any = false;
	int i;

	for (i = 0; i < TARGETS; i++) {
		if (!targets[i].name[0])
			continue;
		any = true;
		if (targets[i].socket < 0)
			return true;
	}
	return !any;
}

/*
 * Adds the targets to the set; returns the time until one whose answers wait is
 * to be read, at most timeout (-1: for ever).
 */
static int watch_targets(struct pollfd *set, int timeout)
{
	long long now = now_ms();
	int i;

	for (i = 0; i < TARGETS; i++) {
		long long wait = targets[i].read_after - now;

		set[i].fd = wait > 0 ? -1 : targets[i].socket;
		set[i].events = POLLIN;
		set[i].revents = 0;
		if (wait > 0 && (timeout < 0 || wait < timeout))
			timeout = (int)wait;
	}
	return timeout;
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
		int i;

		set[0].fd = hung_up ? -1 : port;
		set[0].events = output_length ? POLLOUT : POLLIN;
		if (poll(set, 1 + TARGETS,
			 watch_targets(set + 1, retry ? RETRY_MS : -1)) < 0 &&
		    errno != EINTR) {
			perror("poll");
			exit(EXIT_FAILURE);
		}
		for (i = 0; i < TARGETS; i++)
			if (targets[i].socket >= 0 && set[1 + i].revents)
				read_target(&targets[i]);
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
	int i;

	if (argc != 3) {
		fprintf(stderr, "usage: pseudo-device PORT DIRECTORY\n");
		return EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);
	directory = argv[2];
	for (i = 0; i < TARGETS; i++)
		targets[i].socket = -1;
	open_port(argv[1]);
	connect_targets();
	serve();
}
