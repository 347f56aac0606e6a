// SPDX-License-Identifier: Apache-2.0
/*
 * ground-truth: what the kernel says of itself, as one tar archive, for tests that
 * compare it with what is read from the memory of the VM.
 *
 *   ground-truth [PART...] >truth.tar
 *
 * Parts (all, if none is named):
 *
 *   processes   proc/PID with its threads, namespaces, open files and mappings
 *   sockets     proc/PID/net of one process of each network namespace
 *   modules     proc/modules and sys/module
 *   mounts      proc/PID/mountinfo of one process of each mount namespace
 *   network     sys/class/net, and the addresses as "NAME inet|inet6 ADDRESS PREFIX"
 *   cgroups     the files of sys/fs/cgroup that tell of members and use
 *   programs    "ID TYPE TAG INSTRUCTION-BYTES NAME" of each loaded eBPF program
 *   log         the records of /dev/kmsg
 *   kernel      version, command line, clocks, memory
 *   symbols     proc/kallsyms and the type information
 *
 * Links are links in the archive. The process itself is left out: it is gone when
 * somebody looks. What vanishes meanwhile is left out, too.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "archive.h"

#define NAMESPACES	256

struct content {
	char *bytes;
	size_t length, room;
};

static pid_t self;

static void append(struct content *content, int file)
{
	ssize_t length;

	do {
		if (content->room - content->length < LONGEST_PATH * 4) {
			content->room = content->room * 2 + LONGEST_PATH * 16;
			content->bytes = realloc(content->bytes, content->room);
			if (!content->bytes)
				fail("memory");
		}
		length = read(file, content->bytes + content->length, content->room - content->length);
		if (length > 0)
			content->length += (size_t)length;
	} while (length > 0);
}

static void add_opened(const char *name, const char *path, int flags)
{
	struct content content = { 0 };
	int file = open(path, O_RDONLY | O_CLOEXEC | flags);

	if (file < 0)
		return;
	append(&content, file);
	close(file);
	add_bytes(name, content.bytes, content.length);
	free(content.bytes);
}

static void add_file(const char *path) { add_opened(path + 1, path, 0); }

/* The next call overwrites what this one returns. */
__attribute__((format(printf, 1, 2))) static const char *path_of(const char *format, ...)
{
	static char path[LONGEST_PATH];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	return path;
}

static void add_files(const char *of, const char *const *names)
{
	char folder[LONGEST_PATH / 2];

	for (snprintf(folder, sizeof(folder), "%s", of); *names; names++)
		add_file(path_of("%s/%s", folder, *names));
}

/* Calls with the path of each entry of a folder that is not hidden. */
static void each(const char *of, void (*visit)(const char *path))
{
	char folder[LONGEST_PATH / 2];
	struct dirent *entry;
	DIR *entries = opendir(of);

	if (!entries)
		return;
	snprintf(folder, sizeof(folder), "%s", of);
	while ((entry = readdir(entries))) {
		char path[LONGEST_PATH];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		visit(path);
	}
	closedir(entries);
}

static const char *last_name(const char *path) { return strrchr(path, '/') + 1; }

static pid_t process_of(const char *path)
{
	char *end;
	long number = strtol(last_name(path), &end, 10);

	return *end || number == self ? 0 : (pid_t)number;
}

/* Tells whether this is the first process seen in its namespace. */
static bool first_in_namespace(const char *process, const char *kind)
{
	static ino_t seen[NAMESPACES];
	static unsigned int count;
	struct stat space;
	unsigned int i;

	if (stat(path_of("%s/ns/%s", process, kind), &space) || count == NAMESPACES)
		return false;
	for (i = 0; i < count; i++)
		if (seen[i] == space.st_ino)
			return false;
	seen[count++] = space.st_ino;
	return true;
}

static void add_thread(const char *path)
{
	add_files(path, (const char *const[]){ "status", "stat", "comm", NULL });
}

static void add_process(const char *path)
{
	static const char *const files[] = {
		"status", "stat", "statm", "comm", "cmdline", "environ", "maps", "cgroup", "loginuid", "oom_score_adj",
		"uid_map", "io", "limits", NULL
	};
	static const char *const links[] = { "exe", "cwd", "root" };
	size_t i;

	if (!process_of(path))
		return;
	add_files(path, files);
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		add_link(path_of("%s/%s", path, links[i]));
	each(path_of("%s/ns", path), add_link);
	each(path_of("%s/fd", path), add_link);
	each(path_of("%s/fdinfo", path), add_file);
	each(path_of("%s/task", path), add_thread);
}

static void add_processes(void) { each("/proc", add_process); }

static void add_process_sockets(const char *path)
{
	static const char *const files[] = {
		"tcp", "tcp6", "udp", "udp6", "udplite", "unix", "raw", "raw6", "icmp", "packet", "netlink", "dev",
		"if_inet6", "route", NULL
	};

	if (process_of(path) && first_in_namespace(path, "net"))
		add_files(path_of("%s/net", path), files);
}

static void add_sockets(void) { each("/proc", add_process_sockets); }

static void add_process_mounts(const char *path)
{
	if (process_of(path) && first_in_namespace(path, "mnt"))
		add_files(path, (const char *const[]){ "mountinfo", "mounts", NULL });
}

static void add_mounts(void) { each("/proc", add_process_mounts); }

static void add_module(const char *path)
{
	/* What is built in has no state. */
	if (access(path_of("%s/initstate", path), R_OK))
		return;
	add_files(path, (const char *const[]){ "initstate", "coresize", "refcnt", "taint", "srcversion", NULL });
	each(path_of("%s/sections", path), add_file);
	add_file(path_of("%s/sections/.text", path));
	each(path_of("%s/parameters", path), add_file);
}

static void add_modules(void)
{
	add_file("/proc/modules");
	each("/sys/module", add_module);
}

static void add_interface(const char *path)
{
	static const char *const files[] = {
		"address", "addr_len", "flags", "ifindex", "iflink", "mtu", "operstate", "tx_queue_len", "type", NULL
	};

	add_files(path, files);
	each(path_of("%s/statistics", path), add_file);
}

static void add_addresses(void)
{
	struct ifaddrs *addresses, *next;
	char *text;
	size_t length;
	FILE *lines = open_memstream(&text, &length);

	if (!lines || getifaddrs(&addresses))
		fail("addresses");
	for (next = addresses; next; next = next->ifa_next) {
		char address[INET6_ADDRSTRLEN];
		const unsigned char *bytes, *mask;
		unsigned int prefix = 0, size, i;

		if (!next->ifa_addr || !next->ifa_netmask)
			continue;
		if (next->ifa_addr->sa_family == AF_INET) {
			bytes = (unsigned char *)&((struct sockaddr_in *)next->ifa_addr)->sin_addr;
			mask = (unsigned char *)&((struct sockaddr_in *)next->ifa_netmask)->sin_addr;
			size = 4;
		} else if (next->ifa_addr->sa_family == AF_INET6) {
			bytes = (unsigned char *)&((struct sockaddr_in6 *)next->ifa_addr)->sin6_addr;
			mask = (unsigned char *)&((struct sockaddr_in6 *)next->ifa_netmask)->sin6_addr;
			size = 16;
		} else {
			continue;
		}
		for (i = 0; i < size; i++)
			prefix += (unsigned int)__builtin_popcount(mask[i]);
		inet_ntop(next->ifa_addr->sa_family, bytes, address, sizeof(address));
		fprintf(lines, "%s %s %s %u\n", next->ifa_name, size == 4 ? "inet" : "inet6", address, prefix);
	}
	freeifaddrs(addresses);
	fclose(lines);
	add_bytes("addresses", text, length);
	free(text);
}

static void add_network(void)
{
	each("/sys/class/net", add_interface);
	add_addresses();
}

static void add_cgroup(const char *path)
{
	static const char *const files[] = {
		"cgroup.procs", "cgroup.threads", "cgroup.controllers", "cpu.stat", "memory.current", "memory.peak",
		"memory.max", "pids.current", "io.stat", NULL
	};
	struct stat kind;

	if (lstat(path, &kind) || !S_ISDIR(kind.st_mode))
		return;
	add_files(path, files);
	each(path, add_cgroup);
}

static void add_cgroups(void) { add_cgroup("/sys/fs/cgroup"); }

static long bpf(enum bpf_cmd command, union bpf_attr *arguments)
{
	return syscall(SYS_bpf, command, arguments, sizeof(*arguments));
}

static void add_programs(void)
{
	union bpf_attr next = { 0 };
	char *text;
	size_t length;
	FILE *lines = open_memstream(&text, &length);

	if (!lines)
		fail("programs");
	for (; !bpf(BPF_PROG_GET_NEXT_ID, &next); next.start_id = next.next_id) {
		union bpf_attr open_it = { .prog_id = next.next_id };
		struct bpf_prog_info about = { 0 };
		long program = bpf(BPF_PROG_GET_FD_BY_ID, &open_it);
		union bpf_attr ask = {
			.info = { .bpf_fd = (uint32_t)program, .info_len = sizeof(about), .info = (uintptr_t)&about }
		};
		int i;

		if (program < 0)
			continue;
		if (!bpf(BPF_OBJ_GET_INFO_BY_FD, &ask)) {
			fprintf(lines, "%u %u ", about.id, about.type);
			for (i = 0; i < BPF_TAG_SIZE; i++)
				fprintf(lines, "%02x", about.tag[i]);
			fprintf(lines, " %u %s\n", about.xlated_prog_len, about.name);
		}
		close((int)program);
	}
	fclose(lines);
	add_bytes("programs", text, length);
	free(text);
}

/* Each read gives one record, and waits after the last unless told otherwise. */
static void add_log(void) { add_opened("kmsg", "/dev/kmsg", O_NONBLOCK); }

static void add_kernel(void)
{
	static const char *const files[] = {
		"version", "cmdline", "stat", "meminfo", "uptime", "iomem", "filesystems", "vmallocinfo", "cpuinfo", NULL
	};
	static const struct { const char *name; clockid_t clock; } clocks[] = {
		{ "realtime", CLOCK_REALTIME }, { "monotonic", CLOCK_MONOTONIC }, { "boottime", CLOCK_BOOTTIME }
	};
	char text[256];
	int length = 0;
	size_t i;

	add_files("/proc", files);
	for (i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		struct timespec now;

		clock_gettime(clocks[i].clock, &now);
		length += snprintf(text + length, sizeof(text) - (size_t)length, "%s %lld.%09ld\n", clocks[i].name,
				   (long long)now.tv_sec, now.tv_nsec);
	}
	add_bytes("clocks", text, (size_t)length);
}

static void add_symbols(void)
{
	add_file("/proc/kallsyms");
	add_file("/sys/kernel/btf/vmlinux");
}

static const struct {
	const char *name;
	void (*add)(void);
} parts[] = {
	{ "processes", add_processes }, { "sockets", add_sockets }, { "modules", add_modules },
	{ "mounts", add_mounts }, { "network", add_network }, { "cgroups", add_cgroups },
	{ "programs", add_programs }, { "log", add_log }, { "kernel", add_kernel }, { "symbols", add_symbols },
};

static bool wanted(const char *name, int count, char **names)
{
	int i;

	for (i = 1; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return count == 1;
}

int main(int argc, char **argv)
{
	size_t i;

	self = getpid();
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (wanted(parts[i].name, argc, argv))
			parts[i].add();
	end_archive();
	return EXIT_SUCCESS;
}
