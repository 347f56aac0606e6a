// SPDX-License-Identifier: GPL-2.0
/*
 * Redirects functions of KVM by ftrace, as live patching does.
 *
 * KVM exports none of the functions at which nested exits are decided, but
 * each begins with an ftrace site. The handler sets the instruction pointer to
 * our replacement, except when the call comes from this module itself: that is
 * how a replacement reaches the original. (The module is built without sibling
 * call optimisation, or the caller would not be recognised.)
 *
 * PERMANENT makes "sysctl kernel.ftrace_enabled=0" fail instead of silently
 * handing the tenants' devices back to L1. main.c keeps /dev/kvm open for the
 * same reason: KVM, reloaded, would run without hooks.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/delay.h>

#include "compat.h"
#include "umbra.h"
#include "hook.h"

DEFINE_PER_CPU(int, umbra_hooks_running);

bool umbra_hooks_in_use(void)
{
	int cpu, sum = 0;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(umbra_hooks_running, cpu));
	return sum;
}

static void notrace umbra_redirect(unsigned long ip, unsigned long parent_ip,
				   struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct umbra_hook *hook = container_of(ops, struct umbra_hook, ops);

	if (!within_module(parent_ip, THIS_MODULE))
		ftrace_regs_set_instruction_pointer(fregs, (unsigned long)hook->replacement);
}

/* Address of a function that is not exported, or NULL. */
void *umbra_symbol(const char *name)
{
	struct kprobe probe = { .symbol_name = name };
	void *address = NULL;

	if (!register_kprobe(&probe)) {
		address = probe.addr;
		unregister_kprobe(&probe);
	}
	return address;
}

static int umbra_hook_install(struct umbra_hook *hook)
{
	int error;

	hook->original = umbra_symbol(hook->name);
	if (!hook->original) {
		pr_err("umbra: this kernel has no %s()\n", hook->name);
		return -ENOENT;
	}
	hook->ops.func = umbra_redirect;
	hook->ops.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_RECURSION |
			  FTRACE_OPS_FL_PERMANENT;
#ifndef CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS
	hook->ops.flags |= FTRACE_OPS_FL_SAVE_REGS;
#endif
	error = ftrace_set_filter(&hook->ops, (unsigned char *)hook->name,
				  strlen(hook->name), 1);
	if (!error)
		error = register_ftrace_function(&hook->ops);
	if (error) {
		pr_err("umbra: cannot redirect %s(): %d\n", hook->name, error);
		ftrace_free_filter(&hook->ops);
		return error;
	}
	hook->installed = true;
	return 0;
}

int umbra_hooks_install(struct umbra_hook *hooks, size_t count)
{
	size_t i;
	int error;

	/* The functions we call by address have lost their landing instruction. */
	if (IS_ENABLED(CONFIG_X86_KERNEL_IBT) && boot_cpu_has(X86_FEATURE_IBT)) {
		pr_err("umbra: boot with ibt=off: branch tracking forbids to call KVM's functions\n");
		return -EOPNOTSUPP;
	}
	for (i = 0; i < count; i++) {
		error = umbra_hook_install(&hooks[i]);
		if (error) {
			umbra_hooks_remove(hooks, count);
			return error;
		}
	}
	return 0;
}

void umbra_hooks_remove(struct umbra_hook *hooks, size_t count)
{
	size_t i;

	for (i = count; i-- > 0;) {
		if (!hooks[i].installed)
			continue;
		unregister_ftrace_function(&hooks[i].ops);
		ftrace_free_filter(&hooks[i].ops);
		hooks[i].installed = false;
	}
}
