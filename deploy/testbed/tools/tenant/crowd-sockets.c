// SPDX-License-Identifier: Apache-2.0
/* Those of the crowd with sockets of each family. */
#include <arpa/inet.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "crowd.h"

void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

int checked(int result, const char *what)
{
	if (result < 0)
		fail(what);
	return result;
}

void become(uid_t user)
{
	const gid_t groups[] = { user, 20, 24, 100 };

	if (setgroups(4, groups) || setresgid(user, user, user) || setresuid(user, user, user))
		fail("user");
}

static struct sockaddr_in at(const char *address, uint16_t port)
{
	struct sockaddr_in result = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, address, &result.sin_addr);
	return result;
}

static struct sockaddr_in6 at6(const char *address, uint16_t port)
{
	struct sockaddr_in6 result = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	inet_pton(AF_INET6, address, &result.sin6_addr);
	return result;
}

int bound(int type, const char *address, uint16_t port)
{
	struct sockaddr_in name = at(address, port);
	int one = 1, result = checked(socket(AF_INET, type, 0), "socket");

	setsockopt(result, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	checked(bind(result, (struct sockaddr *)&name, sizeof(name)), address);
	return result;
}

int listening(const char *address, uint16_t port)
{
	int result = bound(SOCK_STREAM, address, port);

	checked(listen(result, 16), "listen");
	return result;
}

int connected(int type, const char *address, uint16_t port)
{
	struct sockaddr_in name = at(address, port);
	int result = checked(socket(AF_INET, type, 0), "socket");

	checked(connect(result, (struct sockaddr *)&name, sizeof(name)), address);
	return result;
}

static struct sockaddr_un unix_name(const char *path, socklen_t *length)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	strcpy(name.sun_path, path);
	*length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
	if (path[0] == '@') {
		name.sun_path[0] = 0;
		--*length;
	}
	return name;
}

int unix_listening(int type, const char *path)
{
	socklen_t length;
	struct sockaddr_un name = unix_name(path, &length);
	int result = checked(socket(AF_UNIX, type, 0), "unix");

	checked(bind(result, (struct sockaddr *)&name, length), path);
	if (type != SOCK_DGRAM)
		checked(listen(result, 8), path);
	return result;
}

static int unix_connected(int type, const char *path)
{
	socklen_t length;
	struct sockaddr_un name = unix_name(path, &length);
	int result = checked(socket(AF_UNIX, type, 0), "unix");

	checked(connect(result, (struct sockaddr *)&name, length), path);
	return result;
}

void with_tcp(void)
{
	struct sockaddr_in6 name = at6("::", 8080), to = at6("::1", 8080);
	int listener = listening("0.0.0.0", 22), six;

	connected(SOCK_STREAM, "127.0.0.1", 22);
	checked(accept(listener, NULL, NULL), "accept");
	connected(SOCK_STREAM, "10.1.2.3", 22);
	six = checked(socket(AF_INET6, SOCK_STREAM, 0), "socket");
	checked(bind(six, (struct sockaddr *)&name, sizeof(name)), "bind");
	checked(listen(six, 128), "listen");
	checked(connect(checked(socket(AF_INET6, SOCK_STREAM, 0), "socket"), (struct sockaddr *)&to, sizeof(to)), "connect");
	checked(accept(six, NULL, NULL), "accept");
}

/* One end in FIN_WAIT2, the other in CLOSE_WAIT. */
void with_half_closed_tcp(void)
{
	int listener = listening("127.0.0.1", 2525), client = connected(SOCK_STREAM, "127.0.0.1", 2525);

	checked(accept(listener, NULL, NULL), "accept");
	shutdown(client, SHUT_WR);
	become(1001);
}

void with_udp(void)
{
	struct sockaddr_in6 name = at6("::1", 5353);

	bound(SOCK_DGRAM, "0.0.0.0", 53);
	connected(SOCK_DGRAM, "127.0.0.1", 53);
	checked(bind(checked(socket(AF_INET6, SOCK_DGRAM, 0), "socket"), (struct sockaddr *)&name, sizeof(name)), "bind");
	become(1000);
}

void with_unix_sockets(void)
{
	int pair[2], listener = unix_listening(SOCK_STREAM, "/run/crowd.socket");

	unix_connected(SOCK_STREAM, "/run/crowd.socket");
	checked(accept(listener, NULL, NULL), "accept");
	unix_connected(SOCK_STREAM, "/run/crowd.socket");
	unix_listening(SOCK_SEQPACKET, "@crowd-packets");
	unix_listening(SOCK_DGRAM, "@crowd-datagrams");
	unix_connected(SOCK_DGRAM, "@crowd-datagrams");
	checked(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
}

void with_raw_sockets(void)
{
	struct sockaddr_nl group = { .nl_family = AF_NETLINK, .nl_groups = 1 };

	checked(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), "raw");
	checked(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP)), "packet");
	checked(bind(checked(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), "netlink"), (struct sockaddr *)&group, sizeof(group)),
		"netlink");
}

void with_program(void)
{
	const struct bpf_insn accept_all[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = -1 }, { .code = BPF_JMP | BPF_EXIT }
	};
	union bpf_attr program = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insns = (uintptr_t)accept_all, .insn_cnt = 2,
		.license = (uintptr_t)"GPL", .prog_name = "crowd_filter"
	};
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 4, .map_name = "crowd_map"
	};
	int loaded = checked((int)syscall(SYS_bpf, BPF_PROG_LOAD, &program, sizeof(program)), "eBPF program");

	checked((int)syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map)), "eBPF map");
	checked(setsockopt(bound(SOCK_DGRAM, "127.0.0.1", 5140), SOL_SOCKET, SO_ATTACH_BPF, &loaded, sizeof(loaded)), "filter");
}
