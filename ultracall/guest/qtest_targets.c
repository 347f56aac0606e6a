// SPDX-License-Identifier: Apache-2.0
#include "qtest_targets.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lines.h"

#define NAME_MAXIMUM	64
#define PENDING		16	/* pulses of one target not answered by QEMU yet */
/* QEMU's answers can wait, the tenant cannot: reading them at once would take
 * the processor from the VM that was just woken.
 */
#define ANSWER_DELAY_MS	120
#define SUFFIX		".qtest"
#define ISA_IRQS	16
#define PROBE_IRQ	13	/* of the coprocessor, which raises it in no VM */

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

static long long now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
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

void connect_targets(void)
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

void pulse_target(unsigned int number, unsigned int irq)
{
	struct target *target;

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

void read_targets(const struct pollfd *set)
{
	int i;

	for (i = 0; i < TARGETS; i++)
		if (targets[i].socket >= 0 && set[i].revents)
			read_target(&targets[i]);
}

bool a_target_is_missing(void)
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

int watch_targets(struct pollfd *set, int timeout)
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

void list_targets(void)
{
	int i;

	for (i = 0; i < TARGETS; i++)
		if (targets[i].socket >= 0)
			answer("target %d %s", i, targets[i].name);
}

void open_targets(const char *path)
{
	int i;

	directory = path;
	for (i = 0; i < TARGETS; i++)
		targets[i].socket = -1;
	connect_targets();
}
