// SPDX-License-Identifier: GPL-2.0
/* Calls diverted by means that the kernel itself offers: function tracing, probes, packet filters. */
#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>

#include "tricks.h"

static int hook_ftrace;
module_param(hook_ftrace, int, 0);
MODULE_PARM_DESC(hook_ftrace, "tcp4_seq_show is diverted by function tracing");
static int hook_kprobe;
module_param(hook_kprobe, int, 0);
MODULE_PARM_DESC(hook_kprobe, "__x64_sys_getdents64 has a probe, 1: at its start, 2: after its first instruction, 3: both");
static int hook_netfilter;
module_param(hook_netfilter, int, 0);
MODULE_PARM_DESC(hook_netfilter, "all IPv4 packets that come in are seen first by this module");

static int (*tcp4_seq_show)(struct seq_file *file, void *entry);

static int diverted_seq_show(struct seq_file *file, void *entry)
{
	int result = tcp4_seq_show(file, entry);

	/* Were this the last call, it would be a jump: it would not come from here, and be diverted again. */
	barrier();
	return result;
}

static void notrace divert(unsigned long address, unsigned long caller, struct ftrace_ops *tracer,
			   struct ftrace_regs *registers)
{
	struct pt_regs *all = ftrace_get_regs(registers);

	if (all && !within_module(caller, THIS_MODULE))
		all->ip = (unsigned long)diverted_seq_show;
}

static struct ftrace_ops tracer = {
	.func = divert,
	.flags = FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_RECURSION,
};

static int do_hook_ftrace(int how)
{
	char name[] = "tcp4_seq_show";
	int error;

	tcp4_seq_show = kernel_symbol(name);
	error = ftrace_set_filter(&tracer, name, strlen(name), 0);
	return error ? error : register_ftrace_function(&tracer);
}

static void undo_hook_ftrace(void)
{
	unregister_ftrace_function(&tracer);
}

static int before_call(struct kprobe *probe, struct pt_regs *registers)
{
	return 0;
}

static struct kprobe at_start = { .symbol_name = "__x64_sys_getdents64", .pre_handler = before_call };
static struct kprobe inside = { .pre_handler = before_call };

static int do_hook_kprobe(int where)
{
	unsigned long (*ftrace_place)(unsigned long function) = kernel_symbol("ftrace_location");
	int error = 0;

	if (where & 1)
		error = register_kprobe(&at_start);
	if (!error && where & 2) {
		/* After the call for tracing that the function begins with. */
		inside.addr = (void *)ftrace_place((unsigned long)kernel_symbol("__x64_sys_getdents64")) + MCOUNT_INSN_SIZE;
		error = register_kprobe(&inside);
	}
	return error;
}

static void undo_hook_kprobe(void)
{
	if (hook_kprobe & 1)
		unregister_kprobe(&at_start);
	if (hook_kprobe & 2)
		unregister_kprobe(&inside);
}

static unsigned int see_packet(void *private, struct sk_buff *packet, const struct nf_hook_state *state)
{
	return NF_ACCEPT;
}

static struct nf_hook_ops packet_hook = {
	.hook = see_packet, .pf = NFPROTO_IPV4, .hooknum = NF_INET_PRE_ROUTING, .priority = NF_IP_PRI_FIRST
};

static int do_hook_netfilter(int how)
{
	return nf_register_net_hook(&init_net, &packet_hook);
}

static void undo_hook_netfilter(void)
{
	nf_unregister_net_hook(&init_net, &packet_hook);
}

struct trick hook_tricks[] = {
	{ "hook_ftrace", &hook_ftrace, do_hook_ftrace, undo_hook_ftrace },
	{ "hook_kprobe", &hook_kprobe, do_hook_kprobe, undo_hook_kprobe },
	{ "hook_netfilter", &hook_netfilter, do_hook_netfilter, undo_hook_netfilter },
	{ }
};
