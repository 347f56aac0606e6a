// SPDX-License-Identifier: Apache-2.0
/*
 * socket-terminal: joins a unix-domain socket, such as the serial port of a
 * QEMU, to standard input and output.
 *
 *   socket-terminal SOCKET
 *
 * Ends when the socket does; the end of standard input is not an end.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void fail(const char *what)
{
	fprintf(stderr, "socket-terminal: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (descriptor < 0)
		fail("socket");
	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		fail(path);
	}
	strcpy(address.sun_path, path);
	if (connect(descriptor, (struct sockaddr *)&address, sizeof(address)))
		fail(path);
	return descriptor;
}

/* False at the end of the input. */
static bool copy(int from, int to)
{
	char data[4096];
	ssize_t length = read(from, data, sizeof(data)), done = 0;

	while (done < length) {
		ssize_t written = write(to, data + done, (size_t)(length - done));

		if (written < 0)
			fail("write");
		done += written;
	}
	return length > 0;
}

int main(int argc, char **argv)
{
	struct pollfd set[2] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .events = POLLIN },
	};

	if (argc != 2) {
		fprintf(stderr, "usage: socket-terminal SOCKET\n");
		return EXIT_FAILURE;
	}
	set[1].fd = connect_to(argv[1]);
	for (;;) {
		if (poll(set, 2, -1) < 0 && errno != EINTR)
			fail("poll");
		if (set[0].revents && !copy(STDIN_FILENO, set[1].fd))
			set[0].fd = -1;
		if (set[1].revents && !copy(set[1].fd, STDOUT_FILENO))
			return EXIT_SUCCESS;
	}
}
