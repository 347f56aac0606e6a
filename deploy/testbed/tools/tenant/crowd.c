// SPDX-License-Identifier: Apache-2.0
/*
 * crowd: processes of all kinds that then sleep, for tests that compare what the
 * kernel says of them with what is found in the memory of the VM.
 *
 *   crowd PROCESSES
 *
 * Two containers (their own namespaces and cgroups), services with sockets of
 * each family, users, threads, changed credentials, odd command lines, a zombie,
 * a stopped process, files that are deleted, memory that is mapped in several
 * ways, an eBPF program; and sleepers, until there are so many processes. Needs
 * cgroups v2 at /sys/fs/cgroup. It prints "ready" when all of them are at rest.
 */
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crowd.h"

#define CGROUPS	"/sys/fs/cgroup"

/* Where a process tells the one that started it that it is at rest. */
static int at_rest = -1;

static void write_text(const char *path, const char *text)
{
	int file = checked(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644), path);

	if (write(file, text, strlen(text)) != (ssize_t)strlen(text))
		fail(path);
	close(file);
}

__attribute__((noreturn)) static void rest(void)
{
	if (write(at_rest, "", 1) != 1)
		fail("at rest");
	close(at_rest);
	for (;;)
		pause();
}

/* As fork; the new process writes to at_rest, for which the old one then waits. */
static pid_t begin(int *answer)
{
	int ends[2];
	pid_t child;

	checked(pipe(ends), "pipe");
	child = checked(fork(), "fork");
	if (!child) {
		close(at_rest);
		close(ends[0]);
		at_rest = ends[1];
		return 0;
	}
	close(ends[1]);
	*answer = ends[0];
	return child;
}

static void await(int answer, const char *name)
{
	char byte;

	if (read(answer, &byte, 1) != 1)
		fail(name);
	close(answer);
}

/* Starts a process that does its part and then rests. */
static pid_t start(const char *name, void (*part)(void))
{
	int answer;
	pid_t child = begin(&answer);

	if (!child) {
		prctl(PR_SET_NAME, name);
		part();
		rest();
	}
	await(answer, name);
	return child;
}

static void *sleep_as(void *name)
{
	prctl(PR_SET_NAME, name);
	for (;;)
		pause();
	return NULL;
}

static void start_thread(const char *name)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 65536);
	if (pthread_create(&thread, &attributes, sleep_as, (void *)name))
		fail(name);
	pthread_attr_destroy(&attributes);
}

static void with_files(void)
{
	int ends[2], poller, deleted;

	checked(open("/etc/passwd", O_RDONLY), "open");
	checked(open("/dev/null", O_RDWR), "open");
	checked(open("/dev/zero", O_RDONLY), "open");
	checked(open("/tmp", O_RDONLY | O_DIRECTORY), "open");
	mkdir("/tmp/one", 0755);
	mkdir("/tmp/one/two", 0755);
	checked(open("/tmp/one/two/three with a space", O_RDWR | O_CREAT | O_APPEND, 0600), "open");
	deleted = checked(open("/tmp/deleted", O_RDWR | O_CREAT, 0600), "open");
	checked((int)write(deleted, "gone", 4), "write");
	unlink("/tmp/deleted");
	checked(lseek(checked(open("/proc/self/status", O_RDONLY), "open"), 7, SEEK_SET) == 7 ? 0 : -1, "seek");
	checked(pipe(ends), "pipe");
	checked(eventfd(3, 0), "eventfd");
	checked(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd");
	checked(inotify_init1(IN_CLOEXEC), "inotify");
	poller = checked(epoll_create1(0), "epoll");
	checked(epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &(struct epoll_event){ .events = EPOLLIN }), "epoll");
	checked(dup2(ends[0], 200), "dup2");
	checked(chdir("/tmp/one/two"), "chdir");
}

static void with_memory(void)
{
	int file = checked(memfd_create("crowd-memory", 0), "memfd"), program = checked(open("/bin/busybox", O_RDONLY), "open");
	char *memory;

	checked(ftruncate(file, 1 << 20), "size");
	memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	memset(memory, 0x5a, 3 * 4096);
	memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(memory, 0xa5, 5 * 4096);
	mprotect(memory + 4 * 4096, 4096, PROT_NONE);
	mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mmap(NULL, 1 << 16, PROT_READ, MAP_SHARED, program, 4096);
	mmap(NULL, 1 << 14, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	mlock(memory, 4096);
}

static void with_threads(void)
{
	start_thread("thread-one");
	start_thread("thread-two");
	start_thread("(odd) na)me 15");
	become(1000);
}

static void with_changed_user(void)
{
	if (setresgid(1000, 1001, 1002) || setresuid(1000, 0, 2000))
		fail("users");
}

/* A user without any capability but one, and a session of its own. */
static void with_session(void)
{
	setsid();
	prctl(PR_SET_KEEPCAPS, 1);
	become(2000);
	umask(077);
	prctl(PR_SET_NO_NEW_PRIVS, 1);
}

static void with_child(void)
{
	if (!checked(fork(), "fork"))
		_exit(7);
	start("parent-inner", with_session);
}

/* The two ends of its connection are in two processes. */
static int service;

static void with_service(void) { service = listening("0.0.0.0", 80); }

static void container_worker(void)
{
	connected(SOCK_STREAM, "127.0.0.1", 80);
	become(33);
}

static void rise(const char *interface)
{
	struct ifreq request = { 0 };
	int file = checked(socket(AF_INET, SOCK_DGRAM, 0), "socket");

	strcpy(request.ifr_name, interface);
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	checked(ioctl(file, SIOCSIFFLAGS, &request), interface);
	close(file);
}

static void web_container(void)
{
	checked(sethostname("web", 3), "hostname");
	rise("lo");
	checked(mount("none", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m"), "mount");
	start("nginx", with_service);
	start("nginx-worker", container_worker);
	start("nginx-worker", container_worker);
}

static void database_worker(void)
{
	bound(SOCK_DGRAM, "127.0.0.1", 5432);
	unix_listening(SOCK_STREAM, "@database");
	start_thread("checkpointer");
	start_thread("writer");
	become(999);
}

static void database_container(void)
{
	checked(sethostname("database", 8), "hostname");
	rise("lo");
	mkdir("/tmp/data", 0755);
	checked(mount("none", "/tmp/data", "tmpfs", 0, "mode=700"), "mount");
	start("postgres", database_worker);
}

static void (*contained)(void);

/* The first process of a container, in namespaces that its parent made. */
static void in_container(void)
{
	pid_t child;

	checked(unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP), "unshare");
	checked(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount");
	child = checked(fork(), "fork");
	if (!child) {
		prctl(PR_SET_NAME, "container-init");
		checked(mount("proc", "/proc", "proc", 0, NULL), "mount");
		contained();
		rest();
	}
	/* The one who made it stays, as a container's keeper does. */
	close(at_rest);
	for (;;)
		pause();
}

static void start_container(const char *name, void (*what)(void))
{
	char folder[256], path[300];
	int answer;

	snprintf(folder, sizeof(folder), CGROUPS "/containers/%s", name);
	mkdir(CGROUPS "/containers", 0755);
	write_text(CGROUPS "/containers/cgroup.subtree_control", "+cpu +memory +io +pids");
	mkdir(folder, 0755);
	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	contained = what;
	if (!begin(&answer)) {
		write_text(path, "0");
		prctl(PR_SET_NAME, "container-shim");
		in_container();
	}
	await(answer, name);
}

static void start_long_command_line(void)
{
	char *arguments[302], numbers[300][24];
	int i, answer;

	arguments[0] = (char *)"a program with a long line";
	for (i = 0; i < 300; i++) {
		snprintf(numbers[i], sizeof(numbers[i]), "argument-%d", i);
		arguments[i + 1] = numbers[i];
	}
	arguments[301] = NULL;
	if (!begin(&answer)) {
		char number[16];

		snprintf(number, sizeof(number), "%d", at_rest);
		setenv("CROWD_AT_REST", number, 1);
		execv("/proc/self/exe", arguments);
		fail("execv");
	}
	await(answer, "long command line");
}

static void with_nothing(void) {}

static int processes_now(void)
{
	char text[256], *running;
	int file = checked(open("/proc/loadavg", O_RDONLY), "loadavg");
	ssize_t length = read(file, text, sizeof(text) - 1);

	close(file);
	if (length < 0)
		fail("loadavg");
	text[length] = 0;
	running = strchr(text, '/');
	return running ? atoi(running + 1) : 0;
}

int main(int argc, char **argv)
{
	int wanted = argc == 2 ? atoi(argv[1]) : 0;

	if (getenv("CROWD_AT_REST")) {
		at_rest = atoi(getenv("CROWD_AT_REST"));
		rest();
	}
	if (argc != 2 || wanted < 1) {
		fprintf(stderr, "usage: crowd PROCESSES\n");
		return EXIT_FAILURE;
	}
	write_text(CGROUPS "/cgroup.subtree_control", "+cpu +memory +io +pids");
	mkdir(CGROUPS "/system", 0755);
	write_text(CGROUPS "/system/cgroup.procs", "0");
	start_container("web", web_container);
	start_container("database", database_container);
	start("with-tcp", with_tcp);
	start("half-closed-tcp", with_half_closed_tcp);
	start("with-udp", with_udp);
	start("with-unix", with_unix_sockets);
	start("with-raw", with_raw_sockets);
	start("with-files", with_files);
	start("with-memory", with_memory);
	start("with-threads", with_threads);
	start("changed-user", with_changed_user);
	start("with-session", with_session);
	start("with-child", with_child);
	start("with-program", with_program);
	start_long_command_line();
	kill(start("stopped", with_nothing), SIGSTOP);
	while (processes_now() < wanted)
		start("sleeper", with_nothing);
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
