/* SPDX-License-Identifier: GPL-2.0 */
/* Redirection of KVM's functions. See hook.c. */
#ifndef UMBRA_HOOK_H
#define UMBRA_HOOK_H

#include <linux/ftrace.h>
#include <linux/percpu.h>

struct umbra_hook {
	const char *name;		/* function to replace */
	void *replacement;
	void *original;			/* filled in: calls the replaced function */
	bool installed;
	struct ftrace_ops ops;
};

#define UMBRA_HOOK(function, with) { .name = (function), .replacement = (with) }

int umbra_hooks_install(struct umbra_hook *hooks, size_t count);
void umbra_hooks_remove(struct umbra_hook *hooks, size_t count);
void *umbra_symbol(const char *name);

/*
 * Brackets every replacement, so that unloading can wait for those that sleep
 * or run a guest. One may enter on one processor and leave on another: the sum
 * counts, and it counts once no more can enter.
 */
DECLARE_PER_CPU(int, umbra_hooks_running);
#define umbra_hook_enter() this_cpu_inc(umbra_hooks_running)
#define umbra_hook_leave() this_cpu_dec(umbra_hooks_running)
bool umbra_hooks_in_use(void);

#endif
