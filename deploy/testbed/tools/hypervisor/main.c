// SPDX-License-Identifier: GPL-2.0
/*
 * test-hypervisor: a hypervisor that breaks its word, for the tests of what
 * watches it from below.
 *
 *   insmod test-hypervisor.ko attack=root|map|block intruder=PID victim=PID
 *                             [entries=N] [run=1]
 *
 * A fixture, and of no other use: it is for KVM on AMD, and refuses to load unless
 * the kernel's command line has the word umbra.test-rootkit, which only the
 * disposable machines of the testbed are started with. It sits where KVM enters a
 * VM. So many entries into the VM of the process intruder are made with something
 * that is of the VM of the process victim. Unless run is set, each of them is left
 * before its first instruction, as KVM itself has it when it needs the processor:
 * both VMs go on as if nothing had been. With run the intruder goes on with what is
 * not its own until it exits by itself, and will hardly survive that.
 *
 * The parameter done counts such entries. rmmod ends what is under way.
 */
#define pr_fmt(format) "test-hypervisor: " format

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "attacks.h"

#define PERMISSION "umbra.test-rootkit"
#define PROCESSORS 8

static char *attack = "root";
module_param(attack, charp, 0);
MODULE_PARM_DESC(attack, "what is taken from the victim: root, map or block");

static int intruder;
module_param(intruder, int, 0);
MODULE_PARM_DESC(intruder, "process of the VM that is entered with it");

static int victim;
module_param(victim, int, 0);
MODULE_PARM_DESC(victim, "process of the VM that it is taken from");

static uint entries = 1;
module_param(entries, uint, 0);
MODULE_PARM_DESC(entries, "how many entries are attacked");

static bool run;
module_param(run, bool, 0);
MODULE_PARM_DESC(run, "let the intruder run instead of leaving at once");

static uint done;
module_param(done, uint, 0444);
MODULE_PARM_DESC(done, "how many were");

static const struct attack *chosen;
static struct belongings of_victim;
static bool victim_seen, victim_inside;
static atomic_t left;

enum role {
	VICTIM,
	INTRUDER,
};

/* From the entry to its end. */
struct entry {
	enum role role;
	struct processor *processor;
	struct belongings kept;
};

static bool layout_known(const struct processor *processor)
{
	const struct vmcb *vmcb = processor->vmcb;

	return virt_addr_valid(vmcb) && PAGE_ALIGNED(vmcb) && processor->own.vmcb == vmcb &&
	       processor->own.address == __pa(vmcb);
}

static void remember_victim(const struct processor *processor)
{
	/* One of its processors is enough, and always the same. */
	if (processor->vcpu.vcpu_id)
		return;
	of_victim.root = processor->vmcb->control.nested_cr3;
	of_victim.map = processor->vmcb->control.msrpm_base_pa;
	of_victim.block = processor->own.address;
	WRITE_ONCE(victim_inside, true);
	smp_store_release(&victim_seen, true);
}

/* An event to inject would be delivered with what is not the intruder's. */
static bool entry_suits(const struct processor *processor)
{
	return smp_load_acquire(&victim_seen) && !READ_ONCE(victim_inside) &&
	       !(processor->vmcb->control.event_inj & SVM_EVTINJ_VALID);
}

/* Interrupts are off: one that is sent now ends the entry before its first instruction. */
static int entering(struct kretprobe_instance *instance, struct pt_regs *registers)
{
	struct entry *entry = (struct entry *)instance->data;
	struct processor *processor = (struct processor *)registers->di;
	pid_t owner = processor->vcpu.kvm->userspace_pid;

	entry->processor = processor;
	if ((owner != victim && owner != intruder) || !layout_known(processor))
		return 1;
	if (owner == victim) {
		entry->role = VICTIM;
		remember_victim(processor);
		return processor->vcpu.vcpu_id != 0;
	}
	if (!entry_suits(processor) || atomic_dec_if_positive(&left) < 0)
		return 1;
	entry->role = INTRUDER;
	chosen->take(processor, &of_victim, &entry->kept);
	if (!run)
		smp_send_reschedule(smp_processor_id());
	return 0;
}

static int entered(struct kretprobe_instance *instance, struct pt_regs *registers)
{
	struct entry *entry = (struct entry *)instance->data;

	if (entry->role == VICTIM) {
		WRITE_ONCE(victim_inside, false);
		return 0;
	}
	chosen->restore(entry->processor, &entry->kept);
	WRITE_ONCE(done, entries - atomic_read(&left));
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name = "svm_vcpu_run",
	.entry_handler = entering,
	.handler = entered,
	.data_size = sizeof(struct entry),
	.maxactive = PROCESSORS,
};

static bool is_permitted(void)
{
	struct file *file = filp_open("/proc/cmdline", O_RDONLY, 0);
	char line[1024] = "", *rest = line, *word;
	bool permitted = false;
	loff_t position = 0;

	if (IS_ERR(file))
		return false;
	if (kernel_read(file, line, sizeof(line) - 1, &position) > 0)
		while ((word = strsep(&rest, " \n")))
			permitted |= !strcmp(word, PERMISSION);
	filp_close(file, NULL);
	return permitted;
}

static int __init hypervisor_init(void)
{
	int error;

	if (!is_permitted()) {
		pr_err("not permitted here\n");
		return -EPERM;
	}
	for (chosen = attacks; chosen->name && strcmp(chosen->name, attack); chosen++)
		;
	/* Nobody can go on with a control block and not with the registers beside it. */
	if (!chosen->name || !intruder || !victim || (run && !strcmp(attack, "block")))
		return -EINVAL;
	atomic_set(&left, entries);
	error = register_kretprobe(&probe);
	if (error)
		return error;
	pr_info("%s of %d under %d for %u entries\n", attack, victim, intruder, entries);
	return 0;
}

static void __exit hypervisor_exit(void)
{
	unregister_kretprobe(&probe);
	if (probe.nmissed)
		pr_warn("%d entries not seen\n", probe.nmissed);
}

module_init(hypervisor_init);
module_exit(hypervisor_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A hypervisor that breaks its word, for tests");
