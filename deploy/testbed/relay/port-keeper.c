// SPDX-License-Identifier: Apache-2.0
/*
 * port-keeper: offers ports of the machine as unix sockets.
 *
 *   port-keeper FIFO=SOCKET...
 *
 * A port that is handed on to the cloud VM goes through a QEMU inside the
 * emulated host, which closes it for good at the first hang-up. So the outer
 * QEMU has it on a pair of FIFOs (FIFO.in, FIFO.out), which never hang up, and
 * this program carries bytes between them and whoever is connected to SOCKET:
 * one client at a time, a newer one replaces the older. With no client the
 * machine's output waits in its FIFO.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PORTS		16
#define BUFFER_SIZE	65536

struct pipe_buffer {
	size_t start;
	size_t end;
	char data[BUFFER_SIZE];
};

struct port {
	int machine_in;
	int machine_out;
	int listener;
	int client;
	struct pipe_buffer to_machine;
	struct pipe_buffer to_client;
};

static struct port ports[PORTS];
static int port_count;

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static int open_fifo(const char *base, const char *suffix)
{
	char path[256];
	int descriptor;

	snprintf(path, sizeof(path), "%s.%s", base, suffix);
	descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (descriptor < 0)
		die(path);
	return descriptor;
}

static int listen_on(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int descriptor = socket(AF_UNIX,
				SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (descriptor < 0 || strlen(path) >= sizeof(address.sun_path))
		die(path);
	strcpy(address.sun_path, path);
	unlink(path);
	umask(077);
	if (bind(descriptor, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(descriptor, 4))
		die(path);
	return descriptor;
}

static void add_port(char *argument)
{
	char *socket_path = strchr(argument, '=');
	struct port *port = &ports[port_count++];

	if (!socket_path) {
		fprintf(stderr, "port-keeper: %s: FIFO=SOCKET expected\n",
			argument);
		exit(EXIT_FAILURE);
	}
	*socket_path++ = 0;
	port->machine_in = open_fifo(argument, "in");
	port->machine_out = open_fifo(argument, "out");
	port->listener = listen_on(socket_path);
	port->client = -1;
}

static void drop_client(struct port *port)
{
	close(port->client);
	port->client = -1;
	port->to_client.start = port->to_client.end = 0;
}

static void accept_client(struct port *port)
{
	int client = accept4(port->listener, NULL, NULL,
			     SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (client < 0)
		return;
	if (port->client >= 0)
		drop_client(port);
	port->client = client;
}

/* Returns 0 when the source has ended. */
static int fill(struct pipe_buffer *buffer, int source)
{
	ssize_t length;

	if (buffer->start != buffer->end)
		return 1;
	length = read(source, buffer->data, sizeof(buffer->data));
	if (length < 0)
		return errno == EAGAIN || errno == EINTR;
	buffer->start = 0;
	buffer->end = (size_t)length;
	return length > 0;
}

/* Returns 0 when the sink has ended. */
static int drain(struct pipe_buffer *buffer, int sink)
{
	ssize_t length;

	if (buffer->start == buffer->end)
		return 1;
	length = write(sink, buffer->data + buffer->start,
		       buffer->end - buffer->start);
	if (length < 0)
		return errno == EAGAIN || errno == EINTR;
	buffer->start += (size_t)length;
	return 1;
}

static int is_empty(const struct pipe_buffer *buffer)
{
	return buffer->start == buffer->end;
}

static void prepare(const struct port *port, struct pollfd set[4])
{
	int connected = port->client >= 0;

	set[0] = (struct pollfd){ port->listener, POLLIN, 0 };
	set[1] = (struct pollfd){ port->client, 0, 0 };
	set[2] = (struct pollfd){ connected && is_empty(&port->to_client) ?
				  port->machine_out : -1, POLLIN, 0 };
	set[3] = (struct pollfd){ is_empty(&port->to_machine) ?
				  -1 : port->machine_in, POLLOUT, 0 };
	if (is_empty(&port->to_machine))
		set[1].events |= POLLIN;
	if (!is_empty(&port->to_client))
		set[1].events |= POLLOUT;
	if (!set[1].events)
		set[1].fd = -1;
}

static void serve(struct port *port, const struct pollfd set[4])
{
	int alive = 1;

	if (set[2].revents)
		fill(&port->to_client, port->machine_out);
	if (set[1].revents & (POLLIN | POLLHUP | POLLERR))
		alive = fill(&port->to_machine, port->client);
	drain(&port->to_machine, port->machine_in);
	if (port->client >= 0 && alive)
		alive = drain(&port->to_client, port->client);
	if (port->client >= 0 && !alive)
		drop_client(port);
	if (set[0].revents)
		accept_client(port);
}

int main(int argc, char **argv)
{
	struct pollfd set[4 * PORTS];
	int i;

	if (argc < 2 || argc > PORTS + 1) {
		fprintf(stderr, "usage: port-keeper FIFO=SOCKET...\n");
		return EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);
	for (i = 1; i < argc; i++)
		add_port(argv[i]);
	for (;;) {
		for (i = 0; i < port_count; i++)
			prepare(&ports[i], set + 4 * i);
		if (poll(set, 4 * (nfds_t)port_count, -1) < 0 && errno != EINTR)
			die("poll");
		for (i = 0; i < port_count; i++)
			serve(&ports[i], set + 4 * i);
	}
}
