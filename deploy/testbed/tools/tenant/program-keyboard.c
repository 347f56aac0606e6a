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
#include <stdio.h>
#include <sys/io.h>

#define DATA_PORT		0x60
#define COMMAND_PORT		0x64
#define OUTPUT_FULL		0x01
#define INPUT_FULL		0x02
#define WRITE_COMMAND_BYTE	0x60
#define COMMAND_BYTE		0x65
#define ATTEMPTS		1000

static void await_room(void)
{
	int i;

	for (i = 0; i < ATTEMPTS && inb(COMMAND_PORT) & INPUT_FULL; i++)
		;
}

int main(void)
{
	int i;

	if (iopl(3)) {
		perror("iopl");
		return 1;
	}
	for (i = 0; i < ATTEMPTS && inb(COMMAND_PORT) & OUTPUT_FULL; i++)
		inb(DATA_PORT);
	await_room();
	outb(WRITE_COMMAND_BYTE, COMMAND_PORT);
	await_room();
	outb(COMMAND_BYTE, DATA_PORT);
	return 0;
}
