// SPDX-License-Identifier: Apache-2.0
/*
 * key-log: what the kernel makes of keyboard and pointer, for tests.
 *
 *   key-log SECONDS
 *
 * Takes all input devices for itself, so that nothing else acts on what is
 * pressed, and prints a line for each event, with Linux's numbers:
 *
 *   key CODE VALUE      1 pressed, 0 released, 2 repeated
 *   rel CODE VALUE      abs CODE VALUE      code VALUE (as the keyboard sent it)
 *
 * "ready DEVICES" comes first, "lost" when the kernel dropped events, "end" last:
 * after so many seconds, 100000 lines, or a line on standard input. Lines wait in
 * a pipe for a terminal that is slower than a typist, so that the kernel's own
 * short queue is emptied at once.
 */
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEVICES	16
#define LINES	100000
#define PIPE_BYTES	(1 << 20)

static struct pollfd inputs[DEVICES + 1];
static unsigned int count = 1, lines;

static void open_devices(void)
{
	unsigned int i;

	for (i = 0; i < DEVICES; i++) {
		char path[32];
		int device;

		snprintf(path, sizeof(path), "/dev/input/event%u", i);
		device = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (device < 0)
			continue;
		if (ioctl(device, EVIOCGRAB, 1)) {
			perror(path);
			exit(EXIT_FAILURE);
		}
		inputs[count++] = (struct pollfd){ .fd = device, .events = POLLIN };
	}
}

static void print_event(const struct input_event *event)
{
	lines++;
	switch (event->type) {
	case EV_KEY:
		printf("key %u %d\n", event->code, event->value);
		break;
	case EV_REL:
		printf("rel %u %d\n", event->code, event->value);
		break;
	case EV_ABS:
		printf("abs %u %d\n", event->code, event->value);
		break;
	case EV_MSC:
		if (event->code == MSC_SCAN)
			printf("code %d\n", event->value);
		break;
	case EV_SYN:
		if (event->code == SYN_DROPPED)
			puts("lost");
		break;
	default:
		break;
	}
}

static void print_events(int device)
{
	struct input_event events[64];
	ssize_t length;
	unsigned int i;

	while ((length = read(device, events, sizeof(events))) > 0)
		for (i = 0; i < (size_t)length / sizeof(events[0]); i++)
			print_event(&events[i]);
	fflush(stdout);
}

/* Has another process copy to the terminal; returns in both, with the number of that process or 0. */
static pid_t detach_output(void)
{
	int ends[2];
	pid_t copier;

	if (pipe(ends) || fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES) < 0) {
		perror("pipe");
		exit(EXIT_FAILURE);
	}
	copier = fork();
	if (copier < 0) {
		perror("fork");
		exit(EXIT_FAILURE);
	}
	dup2(copier ? ends[1] : ends[0], copier ? STDOUT_FILENO : STDIN_FILENO);
	close(ends[0]);
	close(ends[1]);
	return copier;
}

static int copy_output(void)
{
	char bytes[256];
	ssize_t length;

	while ((length = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0)
		if (write(STDOUT_FILENO, bytes, (size_t)length) != length)
			return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	time_t end;
	pid_t copier;

	if (argc != 2) {
		fprintf(stderr, "usage: key-log SECONDS\n");
		return EXIT_FAILURE;
	}
	copier = detach_output();
	if (!copier)
		return copy_output();
	inputs[0] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	open_devices();
	printf("ready %u\n", count - 1);
	fflush(stdout);
	end = time(NULL) + atoi(argv[1]);
	while (time(NULL) < end && lines < LINES) {
		bool told;
		unsigned int i;

		if (poll(inputs, count, 1000) < 0)
			break;
		told = inputs[0].revents;
		for (i = 1; i < count; i++)
			if (inputs[i].revents)
				print_events(inputs[i].fd);
		if (told)
			break;
	}
	puts("end");
	fclose(stdout);
	waitpid(copier, NULL, 0);
	return EXIT_SUCCESS;
}
