// SPDX-License-Identifier: GPL-2.0
/* Calls diverted by writing to what the kernel keeps read-only: its code, its tables, a register of the processor. */
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/unistd.h>
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/seq_file.h>
#include <linux/smp.h>

#include "tricks.h"

static int hook_table;
module_param(hook_table, int, 0);
MODULE_PARM_DESC(hook_table, "the entry of kill in the table of system calls leads here");
static int hook_operations;
module_param(hook_operations, int, 0);
MODULE_PARM_DESC(hook_operations, "the operation that shows UDP sockets leads here");
static int hook_lstar;
module_param(hook_lstar, int, 0);
MODULE_PARM_DESC(hook_lstar, "the processors enter all system calls here (not with page table isolation)");
static int hook_idt;
module_param(hook_idt, int, 0);
MODULE_PARM_DESC(hook_idt, "the overflow exception leads here");
static int patch_text;
module_param(patch_text, int, 0);
MODULE_PARM_DESC(patch_text, "the code of sysinfo jumps here");
static int patch_module;
module_param(patch_module, int, 0);
MODULE_PARM_DESC(patch_module, "the code of the module dummy, which must be loaded, jumps here");

#define OVERFLOW_VECTOR	4
#define JUMP		0xe9
#define JUMP_LENGTH	5

/* Where the stubs of entry.S go on to. */
void *lstar_target, *overflow_target;
void enter_by_lstar(void);
void enter_by_overflow(void);

static void **kill_entry;
static asmlinkage long (*kill_call)(const struct pt_regs *registers);

static asmlinkage long hooked_kill(const struct pt_regs *registers)
{
	return kill_call(registers);
}

static int do_hook_table(int how)
{
	void **table = kernel_symbol("sys_call_table"), *hook = hooked_kill;

	if (!table)
		return -ENOENT;
	kill_entry = &table[__NR_kill];
	kill_call = *kill_entry;
	return write_kernel(kill_entry, &hook, sizeof(hook));
}

static void undo_hook_table(void)
{
	write_kernel(kill_entry, &kill_call, sizeof(kill_call));
}

static struct seq_operations *udp_operations;
static int (*udp_show)(struct seq_file *file, void *entry);

static int hooked_show(struct seq_file *file, void *entry)
{
	return udp_show(file, entry);
}

static int do_hook_operations(int how)
{
	void *hook = hooked_show;

	udp_operations = kernel_symbol("udp_seq_ops");
	if (!udp_operations)
		return -ENOENT;
	udp_show = udp_operations->show;
	return write_kernel(&udp_operations->show, &hook, sizeof(hook));
}

static void undo_hook_operations(void)
{
	write_kernel(&udp_operations->show, &udp_show, sizeof(udp_show));
}

static void write_lstar(void *address)
{
	wrmsrl(MSR_LSTAR, (unsigned long)address);
}

static int do_hook_lstar(int how)
{
	unsigned long address;

	if (boot_cpu_has(X86_FEATURE_PTI))
		return -EOPNOTSUPP;
	rdmsrl(MSR_LSTAR, address);
	lstar_target = (void *)address;
	on_each_cpu(write_lstar, enter_by_lstar, 1);
	return 0;
}

static void undo_hook_lstar(void)
{
	on_each_cpu(write_lstar, lstar_target, 1);
}

static gate_desc *overflow_gate;

static int set_overflow_gate(void *address)
{
	gate_desc gate = *overflow_gate;

	gate.offset_low = (u16)(unsigned long)address;
	gate.offset_middle = (u16)((unsigned long)address >> 16);
	gate.offset_high = (u32)((unsigned long)address >> 32);
	return write_kernel(overflow_gate, &gate, sizeof(gate));
}

static int do_hook_idt(int how)
{
	gate_desc *table = kernel_symbol("idt_table");

	if (!table)
		return -ENOENT;
	overflow_gate = &table[OVERFLOW_VECTOR];
	overflow_target = (void *)gate_offset(overflow_gate);
	return set_overflow_gate(enter_by_overflow);
}

static void undo_hook_idt(void)
{
	set_overflow_gate(overflow_target);
}

/* Code that was written to. */
struct patch {
	u8 *place;
	u8 original[JUMP_LENGTH];
};

/* After the call for tracing, so that it is not taken for one. */
static int divert_function(struct patch *patch, const char *name, unsigned long target)
{
	unsigned long (*ftrace_place)(unsigned long function) = kernel_symbol("ftrace_location");
	unsigned long function = (unsigned long)kernel_symbol(name);
	u8 jump[JUMP_LENGTH] = { JUMP };
	s32 distance;

	OPTIMIZER_HIDE_VAR(target);
	if (!function || !ftrace_place(function))
		return -ENOENT;
	patch->place = (u8 *)ftrace_place(function) + MCOUNT_INSN_SIZE;
	memcpy(patch->original, patch->place, JUMP_LENGTH);
	distance = (s32)(target - (unsigned long)(patch->place + JUMP_LENGTH));
	memcpy(jump + 1, &distance, sizeof(distance));
	return write_kernel(patch->place, jump, JUMP_LENGTH);
}

static void restore_function(struct patch *patch)
{
	write_kernel(patch->place, patch->original, JUMP_LENGTH);
}

static struct patch sysinfo_patch;

static asmlinkage long patched_sysinfo(const struct pt_regs *registers)
{
	return -EPERM;
}

static int do_patch_text(int how)
{
	return divert_function(&sysinfo_patch, "__x64_sys_sysinfo", (unsigned long)patched_sysinfo);
}

static void undo_patch_text(void)
{
	restore_function(&sysinfo_patch);
}

static struct patch dummy_patch;
static struct module *dummy;

static int patched_carrier(struct net_device *device, bool carrier)
{
	return -EPERM;
}

static int do_patch_module(int how)
{
	struct module *(*module_at)(unsigned long address) = kernel_symbol("__module_address");
	int error = -ENOENT;

	if (module_at)
		error = divert_function(&dummy_patch, "dummy_change_carrier", (unsigned long)patched_carrier);
	if (error)
		return error;
	/* It must not go while its code is not its own. */
	preempt_disable();
	dummy = module_at((unsigned long)dummy_patch.place);
	__module_get(dummy);
	preempt_enable();
	return 0;
}

static void undo_patch_module(void)
{
	restore_function(&dummy_patch);
	module_put(dummy);
}

struct trick patch_tricks[] = {
	{ "hook_table", &hook_table, do_hook_table, undo_hook_table },
	{ "hook_operations", &hook_operations, do_hook_operations, undo_hook_operations },
	{ "hook_lstar", &hook_lstar, do_hook_lstar, undo_hook_lstar },
	{ "hook_idt", &hook_idt, do_hook_idt, undo_hook_idt },
	{ "patch_text", &patch_text, do_patch_text, undo_patch_text },
	{ "patch_module", &patch_module, do_patch_module, undo_patch_module },
	{ }
};
