// SPDX-License-Identifier: Apache-2.0
/*
 * program-port: has the kernel write all registers of a serial port anew, for tests.
 *
 *   program-port DEVICE
 *
 * For a port whose device was replaced under the driver. Output that waits is
 * thrown away first: a device in its reset state never asks for it, and the
 * driver would wait for that before it changes a setting.
 */
#include <fcntl.h>
#include <stdio.h>
#include <termios.h>

int main(int count, char **arguments)
{
	struct termios settings;
	speed_t speed;
	int port;

	if (count != 2) {
		fprintf(stderr, "usage: program-port DEVICE\n");
		return 1;
	}
	port = open(arguments[1], O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (port < 0 || tcflush(port, TCIOFLUSH) || tcgetattr(port, &settings)) {
		perror(arguments[1]);
		return 1;
	}
	speed = cfgetospeed(&settings);
	if (cfsetspeed(&settings, speed == B9600 ? B19200 : B9600) ||
	    tcsetattr(port, TCSANOW, &settings) ||
	    cfsetspeed(&settings, speed) || tcsetattr(port, TCSANOW, &settings)) {
		perror(arguments[1]);
		return 1;
	}
	return 0;
}
