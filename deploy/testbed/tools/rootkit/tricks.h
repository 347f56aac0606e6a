/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TEST_ROOTKIT_TRICKS_H
#define TEST_ROOTKIT_TRICKS_H

#include <linux/types.h>

/*
 * A trick is done if its parameter is not 0, and undone by the same code that did it. Doing returns 0 or an error
 * number; undoing leaves the kernel as it was found, as far as it can.
 */
struct trick {
	const char *name;
	int *parameter;
	int (*do_it)(int parameter);
	void (*undo)(void);
	bool done;
};

extern struct trick object_tricks[], hook_tricks[], patch_tricks[];

/* The address of a symbol of the kernel or of a module, exported or not; NULL if there is none. */
void *kernel_symbol(const char *name);

/* Writes to what the kernel or a module has as read-only, a page at most, by another mapping of the same memory. */
int write_kernel(void *address, const void *bytes, size_t length);

#endif
