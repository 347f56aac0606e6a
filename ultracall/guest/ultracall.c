// SPDX-License-Identifier: Apache-2.0
/*
 * ultracall: lets a virtual machine talk to the Umbra below its hypervisor.
 *
 * An ultracall is one VMMCALL (AMD) or VMCALL (Intel) instruction. The cloud
 * hypervisor takes it before the VM's own hypervisor sees it; where there is
 * no Umbra, that hypervisor answers and RAX is not one of our status values.
 *
 * Exit status:
 *   0  done
 *   1  wrong usage, or a file or device that cannot be used
 *   2  no Umbra below this machine
 *   3  refused: wrong, used or expired secret
 *   4  this VM is enrolled already
 *   5  too many attempts, try later
 *   6  any other status of the service
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <umbra/ultracall.h>

enum exit_status {
	EXIT_DONE		= 0,
	EXIT_USAGE		= 1,
	EXIT_NO_UMBRA		= 2,
	EXIT_REFUSED		= 3,
	EXIT_ALREADY_ENROLLED	= 4,
	EXIT_RATE_LIMITED	= 5,
	EXIT_OTHER_STATUS	= 6,
};

#define SECRET_BYTES	32
#define SECRET_DIGITS	(2 * SECRET_BYTES)
#define NAME_CHUNK	32
#define NAME_MAXIMUM	256

struct call {
	uint64_t status;
	uint64_t values[4];	/* arguments, then results */
};

static sigjmp_buf no_instruction;

static void on_illegal_instruction(int signal_number)
{
	(void)signal_number;
	siglongjmp(no_instruction, 1);
}

static bool processor_is_intel(void)
{
	unsigned int eax, ebx, ecx, edx;

	__cpuid(0, eax, ebx, ecx, edx);
	return ebx == signature_INTEL_ebx && ecx == signature_INTEL_ecx &&
	       edx == signature_INTEL_edx;
}

static void raw_call(bool intel, uint32_t function, struct call *call)
{
	uint64_t rax = UMBRA_ULTRACALL_MAGIC;
	uint64_t rbx = function;
	uint64_t *v = call->values;

	if (intel)
		asm volatile("vmcall"
			     : "+a"(rax), "+b"(rbx), "+c"(v[0]), "+d"(v[1]),
			       "+S"(v[2]), "+D"(v[3])
			     : : "memory", "cc");
	else
		asm volatile("vmmcall"
			     : "+a"(rax), "+b"(rbx), "+c"(v[0]), "+d"(v[1]),
			       "+S"(v[2]), "+D"(v[3])
			     : : "memory", "cc");
	call->status = rax;
}

static const char *status_text(unsigned int code)
{
	switch (code) {
	case UMBRA_STATUS_UNKNOWN_FUNCTION:
		return "the service does not know this function";
	case UMBRA_STATUS_INVALID_ARGUMENT:
		return "the service refuses the argument";
	case UMBRA_STATUS_REFUSED:
		return "refused: wrong, used or expired secret";
	case UMBRA_STATUS_ALREADY_ENROLLED:
		return "this VM is enrolled already";
	case UMBRA_STATUS_RATE_LIMITED:
		return "too many attempts, try later";
	case UMBRA_STATUS_NOT_PERMITTED:
		return "not permitted to this caller";
	case UMBRA_STATUS_FAILED:
		return "the service failed";
	default:
		return "unknown status";
	}
}

static enum exit_status status_exit(unsigned int code)
{
	switch (code) {
	case UMBRA_STATUS_OK:
		return EXIT_DONE;
	case UMBRA_STATUS_REFUSED:
		return EXIT_REFUSED;
	case UMBRA_STATUS_ALREADY_ENROLLED:
		return EXIT_ALREADY_ENROLLED;
	case UMBRA_STATUS_RATE_LIMITED:
		return EXIT_RATE_LIMITED;
	default:
		return EXIT_OTHER_STATUS;
	}
}

static enum exit_status make_call(uint32_t function, struct call *call)
{
	struct sigaction action = { .sa_handler = on_illegal_instruction };
	unsigned int code;

	sigaction(SIGILL, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	if (sigsetjmp(no_instruction, 1)) {
		fprintf(stderr, "ultracall: no Umbra below (the instruction is not available)\n");
		return EXIT_NO_UMBRA;
	}
	raw_call(processor_is_intel(), function, call);
	if ((call->status & ~UINT64_C(0xffffffff)) != UMBRA_STATUS_BASE) {
		fprintf(stderr, "ultracall: no Umbra below (another hypervisor answered)\n");
		return EXIT_NO_UMBRA;
	}
	code = (unsigned int)call->status;
	if (code != UMBRA_STATUS_OK)
		fprintf(stderr, "ultracall: %s (status %u)\n",
			status_text(code), code);
	return status_exit(code);
}

static void print_identity(const struct call *call)
{
	printf("tenant-vm: %" PRIu64 "\ncloud-vm: %" PRIu64 "\nenrolment: %s\n",
	       call->values[0], call->values[1],
	       call->values[2] == UMBRA_ENROLLED ? "enrolled" : "unclaimed");
}

static int version(char **arguments)
{
	struct call call = { 0 };
	int result = make_call(UMBRA_FUNCTION_VERSION, &call);

	(void)arguments;
	if (result == EXIT_DONE)
		printf("protocol: %" PRIu64 ".%" PRIu64 "\n", call.values[0],
		       call.values[1]);
	return result;
}

static int identity(char **arguments)
{
	struct call call = { 0 };
	int result = make_call(UMBRA_FUNCTION_IDENTITY, &call);

	(void)arguments;
	if (result == EXIT_DONE)
		print_identity(&call);
	return result;
}

/* Reads a zero-padded text, 32 bytes a call; what is not printable becomes '?'. */
static int print_text(uint32_t function)
{
	char text[NAME_MAXIMUM + 1] = { 0 };
	size_t offset;

	for (offset = 0; offset < NAME_MAXIMUM; offset += NAME_CHUNK) {
		struct call call = { .values = { offset } };
		int result = make_call(function, &call);

		if (result != EXIT_DONE)
			return result;
		memcpy(text + offset, call.values, NAME_CHUNK);
		if (memchr(text + offset, 0, NAME_CHUNK))
			break;
	}
	for (offset = 0; text[offset]; offset++)
		if ((unsigned char)text[offset] < ' ' || text[offset] == 0x7f)
			text[offset] = '?';
	puts(text);
	return EXIT_DONE;
}

static int name(char **arguments)
{
	(void)arguments;
	return print_text(UMBRA_FUNCTION_NAME);
}

static int service(char **arguments)
{
	(void)arguments;
	return print_text(UMBRA_FUNCTION_SERVICE);
}

static int unusable(const char *file, const char *why)
{
	fprintf(stderr, "ultracall: %s: %s\n", file, why);
	return EXIT_USAGE;
}

static int hexadecimal(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* A secret others could have read proves nothing, so such a file is refused. */
static int read_secret(const char *file, char digits[SECRET_DIGITS + 2],
		       ssize_t *length)
{
	struct stat status;
	int descriptor = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (descriptor < 0)
		return unusable(file, strerror(errno));
	if (fstat(descriptor, &status) || !S_ISREG(status.st_mode)) {
		close(descriptor);
		return unusable(file, "not a regular file");
	}
	if (status.st_uid != 0 || (status.st_mode & 077)) {
		close(descriptor);
		return unusable(file, "must belong to root and be closed to all others (mode 0600)");
	}
	*length = read(descriptor, digits, SECRET_DIGITS + 2);
	close(descriptor);
	return *length < 0 ? unusable(file, strerror(errno)) : EXIT_DONE;
}

static bool decode_secret(const char *digits, ssize_t length,
			  uint8_t secret[SECRET_BYTES])
{
	size_t i;

	if (length != SECRET_DIGITS &&
	    !(length == SECRET_DIGITS + 1 && digits[SECRET_DIGITS] == '\n'))
		return false;
	for (i = 0; i < SECRET_BYTES; i++) {
		int high = hexadecimal(digits[2 * i]);
		int low = hexadecimal(digits[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		secret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static int enrol(char **arguments)
{
	char digits[SECRET_DIGITS + 2];
	uint8_t secret[SECRET_BYTES] = { 0 };
	struct call call = { 0 };
	ssize_t length = 0;
	int result = read_secret(arguments[0], digits, &length);

	if (result == EXIT_DONE && !decode_secret(digits, length, secret))
		result = unusable(arguments[0], "must hold 64 hexadecimal digits");
	explicit_bzero(digits, sizeof(digits));
	if (result == EXIT_DONE) {
		memcpy(call.values, secret, sizeof(secret));
		explicit_bzero(secret, sizeof(secret));
		result = make_call(UMBRA_FUNCTION_ENROL, &call);
		if (result == EXIT_DONE)
			print_identity(&call);
	}
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(&call, sizeof(call));
	return result;
}

static int echo(char **arguments)
{
	const struct call sent = { .values = { 0x0123456789abcdef, 1,
					       UINT64_MAX, (uint64_t)getpid() } };
	struct call call = sent;
	int result = make_call(UMBRA_FUNCTION_ECHO, &call);

	(void)arguments;
	if (result != EXIT_DONE)
		return result;
	if (memcmp(call.values, sent.values, sizeof(sent.values))) {
		fprintf(stderr, "ultracall: the echo differs from what was sent\n");
		return EXIT_OTHER_STATUS;
	}
	puts("echo: ok");
	return EXIT_DONE;
}

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static long parse_count(const char *text)
{
	char *end;
	long count;

	errno = 0;
	count = strtol(text, &end, 10);
	return errno || *end || count < 1 || count > 100000000 ? 0 : count;
}

static int bad_count(const char *text)
{
	fprintf(stderr, "ultracall: %s: not a count\n", text);
	return EXIT_USAGE;
}

static void print_timing(uint64_t started, long count)
{
	printf("ns-per-call: %" PRIu64 "\ncalls: %ld\n",
	       (now_ns() - started) / (uint64_t)count, count);
}

static int bench_roundtrip(char **arguments)
{
	long count = parse_count(arguments[0]), i;
	bool intel = processor_is_intel();
	struct call call = { .values = { 1 } };
	uint64_t started;
	int result;

	if (!count)
		return bad_count(arguments[0]);
	result = make_call(UMBRA_FUNCTION_ECHO, &call);
	if (result != EXIT_DONE)
		return result;
	started = now_ns();
	for (i = 0; i < count; i++) {
		raw_call(intel, UMBRA_FUNCTION_ECHO, &call);
		if (call.status != UMBRA_STATUS_BASE) {
			fprintf(stderr, "ultracall: call %ld failed\n", i);
			return EXIT_OTHER_STATUS;
		}
	}
	print_timing(started, count);
	return EXIT_DONE;
}

/*
 * One port read per call, without a kernel module: TIOCMGET has the 8250
 * driver read the modem status register once.
 */
static int bench_port(char **arguments)
{
	long count = parse_count(arguments[1]), i;
	int descriptor, lines;
	uint64_t started;

	if (!count)
		return bad_count(arguments[1]);
	descriptor = open(arguments[0],
			  O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (descriptor < 0)
		return unusable(arguments[0], strerror(errno));
	started = now_ns();
	for (i = 0; i < count; i++) {
		if (ioctl(descriptor, TIOCMGET, &lines)) {
			close(descriptor);
			return unusable(arguments[0], strerror(errno));
		}
	}
	print_timing(started, count);
	close(descriptor);
	return EXIT_DONE;
}

static const struct command {
	const char *name;
	int arguments;
	int (*run)(char **arguments);
	const char *help;
} commands[] = {
	{ "version", 0, version, "version                  protocol version of the Umbra below" },
	{ "identity", 0, identity, "identity                 numbers of this VM, and whether it is enrolled" },
	{ "name", 0, name, "name                     name of this VM" },
	{ "service", 0, service, "service                  who serves this VM" },
	{ "enrol", 1, enrol, "enrol FILE               claim this VM with the one-time secret in FILE" },
	{ "echo", 0, echo, "echo                     check that a call comes back unchanged" },
	{ "bench-roundtrip", 1, bench_roundtrip, "bench-roundtrip N        time N echo calls" },
	{ "bench-port", 2, bench_port, "bench-port TERMINAL N    time N reads of a serial port's modem status register" },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (argc >= 2 && !strcmp(argv[1], commands[i].name) &&
		    argc == commands[i].arguments + 2)
			return commands[i].run(argv + 2);

	fprintf(stderr, "usage: ultracall COMMAND\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(stderr, "  %s\n", commands[i].help);
	return EXIT_USAGE;
}
