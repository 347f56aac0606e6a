// SPDX-License-Identifier: Apache-2.0
/*
 * program-keyboard: writes the command byte of the keyboard controller anew, for
 * tests in which the device was replaced under the driver.
 *
 *   program-keyboard
 *
 * Translation and the keyboard's interrupt go on, the mouse off; bytes that wait
 * are thrown away first.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DATA_PORT		0x60
#define COMMAND_PORT		0x64
#define OUTPUT_FULL		0x01
#define INPUT_FULL		0x02
#define WRITE_COMMAND_BYTE	0x60
#define COMMAND_BYTE		0x65
#define ATTEMPTS		1000

static int ports;

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static unsigned char in(off_t port)
{
	unsigned char value;

	if (pread(ports, &value, 1, port) != 1)
		fail("reading a port");
	return value;
}

static void out(unsigned char value, off_t port)
{
	if (pwrite(ports, &value, 1, port) != 1)
		fail("writing a port");
}

static void await_room(void)
{
	int i;

	for (i = 0; i < ATTEMPTS && in(COMMAND_PORT) & INPUT_FULL; i++)
		;
}

int main(void)
{
	int i;

	ports = open("/dev/port", O_RDWR);
	if (ports < 0)
		fail("/dev/port");
	for (i = 0; i < ATTEMPTS && in(COMMAND_PORT) & OUTPUT_FULL; i++)
		in(DATA_PORT);
	await_room();
	out(WRITE_COMMAND_BYTE, COMMAND_PORT);
	await_room();
	out(COMMAND_BYTE, DATA_PORT);
	return EXIT_SUCCESS;
}
