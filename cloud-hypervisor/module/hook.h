/* SPDX-License-Identifier: GPL-2.0 */
/* Redirection of KVM's functions. See hook.c. */
#ifndef UMBRA_HOOK_H
#define UMBRA_HOOK_H

#include <linux/ftrace.h>

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
 * or run a guest.
 */
#define umbra_hook_enter() atomic_inc(&umbra_hooks_running)
#define umbra_hook_leave() atomic_dec(&umbra_hooks_running)

#endif
