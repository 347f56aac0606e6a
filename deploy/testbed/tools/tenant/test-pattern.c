// SPDX-License-Identifier: Apache-2.0
/*
 * test-pattern: pictures on the frame buffer, for tests.
 *
 *   test-pattern pattern|window|text|random [FRAMES [SEED]]
 *
 * pattern: colour bars, ramps, a grid of lines. window: a window that moves over
 * them. text: lines of block letters that scroll up. random: each pixel of its
 * own colour. FRAMES pictures are drawn one after the other; then
 *
 *   frame WIDTH HEIGHT CRC32
 *
 * tells of the last: the checksum is that of its pixels as 32-bit little-endian
 * numbers 0x00RRGGBB, row by row. The kernel's text console draws nothing until
 * a line, or the end, is read from standard input.
 */
#include <fcntl.h>
#include <linux/fb.h>
#include <linux/kd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define FRAME_PAUSE_US	40000
#define WINDOW_WIDTH	320
#define WINDOW_HEIGHT	200
#define CELL_WIDTH	8
#define CELL_HEIGHT	16

static uint32_t *picture;
static unsigned int width, height;
static uint64_t random_state = 1;

static uint64_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static uint32_t background(unsigned int x, unsigned int y)
{
	unsigned int bar = x * 8 / width, level = x * 255 / (width - 1);

	if (y < height / 2)
		return (bar & 4 ? 0xff0000 : 0) | (bar & 2 ? 0x00ff00 : 0) | (bar & 1 ? 0x0000ff : 0);
	if (y < height * 3 / 4)
		return level << 16 | level << 8 | level;
	return x % 16 && y % 16 ? 0x204060 : 0xffffff;
}

static void draw_pattern(void)
{
	unsigned int x, y;

	for (y = 0; y < height; y++)
		for (x = 0; x < width; x++)
			picture[y * width + x] = background(x, y);
}

static void draw_window(unsigned int frame)
{
	unsigned int left = frame * 23 % (width - WINDOW_WIDTH), top = frame * 11 % (height - WINDOW_HEIGHT);
	unsigned int x, y;

	draw_pattern();
	for (y = 0; y < WINDOW_HEIGHT; y++)
		for (x = 0; x < WINDOW_WIDTH; x++)
			picture[(top + y) * width + left + x] = y < 20 ? 0x3060c0 : x % 40 < 2 ? 0x808080 : 0xf0f0f0;
}

/* A line of letters that nobody can read: each a block of random dots. */
static void draw_line(unsigned int top)
{
	unsigned int left, x, y;

	for (left = 0; left + CELL_WIDTH <= width; left += CELL_WIDTH) {
		uint64_t dots = random_number() & random_number();

		for (y = 0; y < CELL_HEIGHT; y++)
			for (x = 0; x < CELL_WIDTH; x++)
				picture[(top + y) * width + left + x] =
					y > 1 && y < 14 && x < 7 && dots >> (y / 2 * 8 + x) & 1 ? 0xc0c0c0 : 0;
	}
}

static void draw_text(unsigned int frame)
{
	unsigned int rows = height / CELL_HEIGHT, row;

	if (!frame)
		for (row = 0; row < rows; row++)
			draw_line(row * CELL_HEIGHT);
	memmove(picture, picture + CELL_HEIGHT * width, (size_t)(height - CELL_HEIGHT) * width * 4);
	draw_line((rows - 1) * CELL_HEIGHT);
}

static void draw_random(void)
{
	size_t i, pixels = (size_t)width * height;

	for (i = 0; i < pixels; i++)
		picture[i] = random_number() >> 24 & 0xffffff;
}

static uint32_t checksum(void)
{
	static uint32_t table[256];
	const unsigned char *bytes = (const unsigned char *)picture;
	uint32_t sum = ~0u;
	size_t i;
	int bit;

	for (i = 0; i < 256; i++) {
		table[i] = (uint32_t)i;
		for (bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0);
	}
	for (i = 0; i < (size_t)width * height * 4; i++)
		sum = sum >> 8 ^ table[(sum ^ bytes[i]) & 0xff];
	return ~sum;
}

static bool draw(const char *kind, unsigned int frame)
{
	if (!strcmp(kind, "pattern"))
		draw_pattern();
	else if (!strcmp(kind, "window"))
		draw_window(frame);
	else if (!strcmp(kind, "text"))
		draw_text(frame);
	else if (!strcmp(kind, "random"))
		draw_random();
	else
		return false;
	return true;
}

static void show(unsigned char *screen, unsigned int row_bytes)
{
	unsigned int y;

	for (y = 0; y < height; y++)
		memcpy(screen + (size_t)y * row_bytes, picture + (size_t)y * width, width * 4);
}

int main(int argc, char **argv)
{
	unsigned int frame, frames = argc > 2 ? (unsigned int)atoi(argv[2]) : 1;
	struct fb_var_screeninfo mode;
	struct fb_fix_screeninfo layout;
	int device, console;
	unsigned char *screen;

	if (argc < 2 || argc > 4) {
		fprintf(stderr, "usage: test-pattern pattern|window|text|random [FRAMES [SEED]]\n");
		return EXIT_FAILURE;
	}
	if (argc > 3)
		random_state = strtoull(argv[3], NULL, 10) * 2 + 1;
	device = open("/dev/fb0", O_RDWR);
	if (device < 0 || ioctl(device, FBIOGET_VSCREENINFO, &mode) || ioctl(device, FBIOGET_FSCREENINFO, &layout))
		fail("/dev/fb0");
	width = mode.xres;
	height = mode.yres;
	picture = calloc((size_t)width * height, 4);
	screen = mmap(NULL, layout.smem_len, PROT_READ | PROT_WRITE, MAP_SHARED, device, 0);
	if (mode.bits_per_pixel != 32 || screen == MAP_FAILED || !picture)
		fail("a frame buffer of 32 bits");
	console = open("/dev/tty1", O_RDWR | O_NOCTTY);
	if (console < 0 || ioctl(console, KDSETMODE, KD_GRAPHICS))
		fail("/dev/tty1");
	for (frame = 0; frame < frames; frame++) {
		if (!draw(argv[1], frame))
			break;
		show(screen, layout.line_length);
		if (frame + 1 < frames)
			usleep(FRAME_PAUSE_US);
	}
	printf("frame %u %u %08x\n", width, height, checksum());
	fflush(stdout);
	getchar();
	ioctl(console, KDSETMODE, KD_TEXT);
	return EXIT_SUCCESS;
}
