// SPDX-License-Identifier: GPL-2.0
/*
 * port-storm: odd accesses to the serial port, for tests; loaded in a tenant.
 *
 *   insmod port-storm.ko count=N seed=S
 *
 * Reads and writes the eight registers of COM1 and their neighbours with 1, 2
 * and 4 bytes, single and as strings, upwards and downwards, with counts from 0
 * to many. It leaves divisor, line and interrupt registers as it found them and
 * reports "port-storm: N accesses" in the kernel log.
 */
#define pr_fmt(format) "port-storm: " format

#include <linux/io.h>
#include <linux/module.h>
#include <linux/serial_reg.h>

#define COM1		0x3f8
#define FIRST		(COM1 - 1)
#define PORTS		10
#define LONGEST		8

static unsigned int count = 1000;
module_param(count, uint, 0);
MODULE_PARM_DESC(count, "number of accesses");
static unsigned int seed = 1;
module_param(seed, uint, 0);
MODULE_PARM_DESC(seed, "of the random numbers");

static u8 storm_buffer[LONGEST * 4] __aligned(8);

static u32 storm_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static void storm_downwards(u16 port, unsigned int length)
{
	void *end = storm_buffer + sizeof(storm_buffer) - 1;
	unsigned long repeat = length;

	asm volatile("std; rep insb; cld"
		     : "+D"(end), "+c"(repeat) : "d"(port) : "memory");
}

static void storm_access(u16 port, unsigned int kind, unsigned int length)
{
	switch (kind) {
	case 0: inb(port); break;
	case 1: inw(port); break;
	case 2: inl(port); break;
	case 3: outb(storm_random(), port); break;
	case 4: outw(storm_random(), port); break;
	case 5: outl(storm_random(), port); break;
	case 6: insb(port, storm_buffer, length); break;
	case 7: insw(port, storm_buffer, length); break;
	case 8: insl(port, storm_buffer, length); break;
	case 9: outsb(port, storm_buffer, length); break;
	case 10: outsw(port, storm_buffer, length); break;
	case 11: outsl(port, storm_buffer, length); break;
	default: storm_downwards(port, length); break;
	}
}

static int __init storm_init(void)
{
	unsigned long flags;
	unsigned int i;
	u8 line, enable, modem;

	seed |= 1;
	line = inb(COM1 + UART_LCR);
	enable = inb(COM1 + UART_IER);
	modem = inb(COM1 + UART_MCR);
	for (i = 0; i < count; i++) {
		u16 port = FIRST + storm_random() % PORTS;
		unsigned int kind = storm_random() % 13;
		unsigned int length = storm_random() % LONGEST;

		local_irq_save(flags);
		storm_access(port, kind, length);
		/* A driver that finds the divisor changed may spin, and is kept away by silence until the end. */
		outb(line, COM1 + UART_LCR);
		outb(0, COM1 + UART_IER);
		outb(modem, COM1 + UART_MCR);
		local_irq_restore(flags);
		if (!(i % 64))
			cond_resched();
	}
	outb(UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR | UART_FCR_CLEAR_XMIT, COM1 + UART_FCR);
	outb(UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_14, COM1 + UART_FCR);
	outb(enable, COM1 + UART_IER);
	pr_info("%u accesses\n", i);
	/* An error, as there is nothing left to do, would have insmod of busybox load it once more. */
	return 0;
}

static void __exit storm_exit(void)
{
}

module_init(storm_init);
module_exit(storm_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Odd port accesses, for tests");
