// SPDX-License-Identifier: GPL-2.0
/*
 * The attacks: each leaves a processor as it was once the entry is over, but for
 * what it ran meanwhile. Section numbers are those of the AMD64 Architecture
 * Programmer's Manual, volume 2.
 */
#include "attacks.h"

/* No field may be remembered by the processor from the entry before, 15.15. */
static void forget(struct vmcb *vmcb)
{
	vmcb->control.clean = 0;
}

/* The processor with the memory of another VM. */
static void take_root(struct processor *processor, const struct belongings *victim,
		      struct belongings *kept)
{
	kept->root = processor->vmcb->control.nested_cr3;
	processor->vmcb->control.nested_cr3 = victim->root;
	forget(processor->vmcb);
}

static void restore_root(struct processor *processor, const struct belongings *kept)
{
	processor->vmcb->control.nested_cr3 = kept->root;
	forget(processor->vmcb);
}

/* The processor with the MSR permission map of another VM, by which it is known, too. */
static void take_map(struct processor *processor, const struct belongings *victim,
		     struct belongings *kept)
{
	kept->map = processor->vmcb->control.msrpm_base_pa;
	processor->vmcb->control.msrpm_base_pa = victim->map;
	forget(processor->vmcb);
}

static void restore_map(struct processor *processor, const struct belongings *kept)
{
	processor->vmcb->control.msrpm_base_pa = kept->map;
	forget(processor->vmcb);
}

/*
 * The control block of another VM, entered by this VM's process. KVM looks at this
 * VM's own afterwards, and has to find an exit there that asks for nothing.
 */
static void take_block(struct processor *processor, const struct belongings *victim,
		       struct belongings *kept)
{
	processor->vmcb->control.exit_code = SVM_EXIT_INTR;
	processor->vmcb->control.exit_int_info = 0;
	kept->block = processor->own.address;
	processor->own.address = victim->block;
}

static void restore_block(struct processor *processor, const struct belongings *kept)
{
	processor->own.address = kept->block;
	forget(processor->vmcb);
}

const struct attack attacks[] = {
	{ "root", take_root, restore_root },
	{ "map", take_map, restore_map },
	{ "block", take_block, restore_block },
	{},
};
