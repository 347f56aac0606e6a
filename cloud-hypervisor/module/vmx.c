// SPDX-License-Identifier: GPL-2.0
/*
 * Intel VMX: the peer of svm.c. COMPILED AND REVIEWED AGAINST KVM'S SOURCE,
 * NOT RUN ON HARDWARE. Section numbers are those of the Intel Software
 * Developer's Manual, volume 3, in the numbering that has the VMCS in chapter
 * 25 and VM exits in chapter 28.
 *
 * What differs from AMD, and why the code is not simply the same:
 *
 * The stopped vCPU is in the current VMCS, not in memory: KVM runs the tenant
 * on a VMCS of its own making, which is current in every hook below that runs
 * with the tenant in force. RIP and RSP are cached by KVM only once it needs
 * them, see umbra_vmx_cache().
 *
 * L1's control block, VMCS12, is not named by the entry: L1 named it earlier,
 * by VMPTRLD, and KVM remembers it in a private structure. But KVM tells its
 * tracepoint kvm_nested_vmenter of it on each entry, and that tracepoint is
 * exported, as is kvm_get_running_vcpu(), which says for which vCPU it fires.
 * That beats watching VMPTRLD, which misses what was loaded before us, restored
 * with a machine, or refused by KVM for one of a dozen reasons. The tracepoint's
 * last argument names the architecture, so a kernel with another argument list
 * is noticed; it holds its tenant VMs.
 *
 * The second address L1 cannot help showing is that of its MSR bitmap: KVM maps
 * it, the last of the pages VMCS12 names, during the entry.
 *
 * There is no virtual interrupt that waits in the guest for RFLAGS.IF. Where
 * the tenant can take an interrupt it is injected by the entry (25.8.3);
 * otherwise the entry exits when it can (interrupt-window exiting, 25.6.2). L1
 * may want that control for itself; ours is put into the VMCS after KVM is done
 * with it and taken out before KVM or L1 look again.
 *
 * Not served, and therefore held at entry: tenant VMs of a Hyper-V that uses the
 * enlightened VMCS. Not loaded: where L0 itself uses it. Where L1 has no
 * unrestricted guest, it fakes real mode, and interrupts wait for its end.
 */
#include <asm/hypervisor.h>
#include <asm/msr.h>
#include <linux/module.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "umbra.h"
#include "hook.h"
#include "vmcs.h"

#define EXIT_FAILED_ENTRY	BIT(31)
#define PORT_SIZE_MASK		7	/* bytes - 1; exit qualification, 28.2.1 */
#define PORT_IN			BIT(3)
#define PORT_STRING		BIT(4)
#define PORT_REPEATED		BIT(5)
#define PORT_SHIFT		16
#define SEGMENT_DATA		3	/* order of the segment fields: ES CS SS DS FS GS */
#define SEGMENT_FS		4
#define SEGMENT_GS		5
#define EPTP_ADDRESS		GENMASK_ULL(51, 12)
#define IOAPIC_BASE		0xfec00000ull
#define CPUID_FEATURES		1
#define TRACED_VMX		1	/* the tracepoint's name for Intel */

extern struct tracepoint __tracepoint_kvm_nested_vmenter;

static void (*umbra_vmx_exit_info)(struct kvm_vcpu *vcpu, u32 *reason, u64 *info1, u64 *info2,
				   u32 *intr_info, u32 *error_code);

/* ------------------------------------------------------ the stopped vCPU */

/* KVM fetches RIP and RSP when it first needs them; we may be first. */
static u64 umbra_vmx_cache(struct kvm_vcpu *vcpu, enum kvm_reg reg, unsigned long field)
{
	if (!(vcpu->arch.regs_avail & BIT(reg))) {
		vcpu->arch.regs[reg] = umbra_vmcs_read(field);
		vcpu->arch.regs_avail |= BIT(reg);
	}
	return vcpu->arch.regs[reg];
}

static u64 umbra_vmx_instruction_pointer(struct kvm_vcpu *vcpu)
{
	return umbra_vmx_cache(vcpu, VCPU_REGS_RIP, GUEST_RIP);
}

/* Also ends an interrupt shadow, as completing an instruction does. */
static void umbra_vmx_set_instruction_pointer(struct kvm_vcpu *vcpu, u64 value)
{
	u32 blocking = umbra_vmcs_read(GUEST_INTERRUPTIBILITY_INFO);
	u32 shadow = GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS;

	vcpu->arch.regs[VCPU_REGS_RIP] = value;
	vcpu->arch.regs_avail |= BIT(VCPU_REGS_RIP);
	vcpu->arch.regs_dirty |= BIT(VCPU_REGS_RIP);
	if (blocking & shadow)
		umbra_vmcs_write(GUEST_INTERRUPTIBILITY_INFO, blocking & ~shadow);
}

static bool umbra_vmx_long_mode(struct kvm_vcpu *vcpu)
{
	return vcpu->arch.efer & EFER_LMA &&
	       umbra_vmcs_read(GUEST_CS_AR_BYTES) & VMX_AR_L_MASK;
}

/* The VM-exit instruction length is valid for all exits claimed here, 28.2.5. */
static u64 umbra_vmx_next_instruction(struct kvm_vcpu *vcpu)
{
	u64 next = umbra_vmx_instruction_pointer(vcpu) +
		   umbra_vmcs_read(VM_EXIT_INSTRUCTION_LEN);

	return umbra_vmx_long_mode(vcpu) ? next : (u32)next;
}

static void umbra_vmx_skip(struct kvm_vcpu *vcpu)
{
	umbra_vmx_set_instruction_pointer(vcpu, umbra_vmx_next_instruction(vcpu));
}

static u8 umbra_vmx_privilege(void)
{
	return VMX_AR_DPL(umbra_vmcs_read(GUEST_SS_AR_BYTES));
}

/* --------------------------------------------------------------- port I/O */

static u64 umbra_vmx_segment_base(struct kvm_vcpu *vcpu, u8 segment)
{
	if (segment > SEGMENT_GS || (segment < SEGMENT_FS && umbra_vmx_long_mode(vcpu)))
		return 0;
	return umbra_vmcs_read(GUEST_ES_BASE + 2 * segment);
}

/* Exit qualification of I/O instructions, 28.2.1; instruction information, 28.2.5. */
static enum umbra_verdict umbra_vmx_port_access(struct umbra_carrier *carrier, u64 qualification)
{
	struct kvm_vcpu *vcpu = carrier->vcpu;
	struct umbra_port_access access = {
		.port = qualification >> PORT_SHIFT,
		.size = (qualification & PORT_SIZE_MASK) + 1,
		.in = qualification & PORT_IN,
		.string = qualification & PORT_STRING,
		.repeated = qualification & PORT_REPEATED,
		.next_instruction = umbra_vmx_next_instruction(vcpu),
		.backwards = umbra_vmcs_read(GUEST_RFLAGS) & X86_EFLAGS_DF,
	};

	if (access.size != 1 && access.size != 2 && access.size != 4)
		return UMBRA_PASS;
	if (access.string) {
		u32 info = umbra_vmcs_read(VMX_INSTRUCTION_INFO);

		access.address_size = 2 << (info >> 7 & 7);
		if (access.address_size > 8)
			return UMBRA_PASS;
		/* INS writes through ES; OUTS reads through the segment reported. */
		access.segment_base = umbra_vmx_segment_base(vcpu,
							     access.in ? 0 : info >> 15 & 7);
	}
	return umbra_port_access(carrier, &access);
}

/* ------------------------------------------------------------------- exits */

static enum umbra_verdict umbra_vmx_exit(struct umbra_carrier *carrier, u32 reason,
					 u64 qualification)
{
	struct kvm_vcpu *vcpu = carrier->vcpu;
	struct umbra_tenant_vcpu *current_vcpu = carrier->current_vcpu;
	u8 vector;

	switch (reason) {
	case EXIT_REASON_IO_INSTRUCTION:
		return umbra_vmx_port_access(carrier, qualification);
	case EXIT_REASON_VMCALL:
		if (!umbra_is_ultracall(vcpu))
			return UMBRA_PASS;
		if (umbra_ultracall(carrier, UMBRA_ORIGIN_TENANT, umbra_vmx_privilege()))
			umbra_vmx_skip(vcpu);
		return UMBRA_DONE;
	case EXIT_REASON_HLT:
		/* With an interrupt due the processor would be awake again at once. */
		if (!(umbra_vmcs_read(GUEST_RFLAGS) & X86_EFLAGS_IF) ||
		    umbra_interrupt_due(current_vcpu, &vector) < 0)
			return UMBRA_PASS;
		umbra_vmx_skip(vcpu);
		spin_lock(&current_vcpu->tenant->stream.lock);
		current_vcpu->tenant->stream.counters[UMBRA_COUNTER_HALTS_CANCELLED]++;
		spin_unlock(&current_vcpu->tenant->stream.lock);
		return UMBRA_DONE;
	case EXIT_REASON_INTERRUPT_WINDOW:
		/* Open for us, or for L1 as well: ours goes first, by the next entry. */
		return umbra_interrupt_due(current_vcpu, &vector) < 0 ? UMBRA_PASS : UMBRA_DONE;
	case EXIT_REASON_CPUID:
		if ((u32)vcpu->arch.regs[VCPU_REGS_RAX] == CPUID_FEATURES)
			current_vcpu->apic_id_awaited = true;
		return UMBRA_PASS;
	default:
		/* Also failed entries: EXIT_FAILED_ENTRY is part of the reason. */
		return UMBRA_PASS;
	}
}

static bool umbra_on_reflect_exit(struct kvm_vcpu *vcpu);
static int umbra_on_enter(struct kvm_vcpu *vcpu, bool by_l1);
static int umbra_on_map(struct kvm_vcpu *vcpu, gfn_t frame, void *map, unsigned long writable);
static int umbra_on_check_events(struct kvm_vcpu *vcpu);
static void umbra_on_prepare_switch(struct kvm_vcpu *vcpu);
static int umbra_on_vcpu_run(struct kvm_vcpu *vcpu, u64 run_flags);
static void umbra_on_nested_page_fault(struct kvm_vcpu *vcpu, void *fault);
static int umbra_on_hypercall(struct kvm_vcpu *vcpu);

enum {
	REFLECT_EXIT,
	ENTER,
	MAP,
	CHECK_EVENTS,
	PREPARE_SWITCH,
	VCPU_RUN,
	NESTED_PAGE_FAULT,
	HYPERCALL,
};

static struct umbra_hook umbra_vmx_hooks[] = {
	[REFLECT_EXIT] = UMBRA_HOOK("nested_vmx_reflect_vmexit", umbra_on_reflect_exit),
	[ENTER] = UMBRA_HOOK("nested_vmx_enter_non_root_mode", umbra_on_enter),
	[MAP] = UMBRA_HOOK(UMBRA_KVM_VCPU_MAP, umbra_on_map),
	[CHECK_EVENTS] = UMBRA_HOOK("vmx_check_nested_events", umbra_on_check_events),
	[PREPARE_SWITCH] = UMBRA_HOOK("vmx_prepare_switch_to_guest", umbra_on_prepare_switch),
	[VCPU_RUN] = UMBRA_HOOK("vmx_vcpu_run", umbra_on_vcpu_run),
	[NESTED_PAGE_FAULT] = UMBRA_HOOK("nested_ept_inject_page_fault",
					 umbra_on_nested_page_fault),
	[HYPERCALL] = UMBRA_HOOK("kvm_emulate_hypercall", umbra_on_hypercall),
};

#define UMBRA_CALL(index, type, ...) \
	(((type)umbra_vmx_hooks[index].original)(__VA_ARGS__))

/* KVM asks whether an exit of a tenant VM is L1's business. True: it was dealt with. */
static bool umbra_on_reflect_exit(struct kvm_vcpu *vcpu)
{
	u32 reason = 0, interruption, error_code;
	u64 qualification, vectoring;
	struct umbra_carrier *carrier;
	bool result = false;

	umbra_hook_enter();
	carrier = umbra_carrier_of(vcpu);
	if (carrier && carrier->current_vcpu) {
		/* Not the VMCS: an entry that failed leaves the last exit's reason there. */
		umbra_vmx_exit_info(vcpu, &reason, &qualification, &vectoring, &interruption,
				    &error_code);
		result = umbra_vmx_exit(carrier, reason, qualification) == UMBRA_DONE;
	}
	if (!result)
		result = UMBRA_CALL(REFLECT_EXIT, bool (*)(struct kvm_vcpu *), vcpu);
	if (carrier && carrier->current_vcpu && !umbra_in_tenant(vcpu))
		umbra_interrupt_left(carrier, reason == EXIT_REASON_HLT);
	umbra_hook_leave();
	return result;
}

/* ------------------------------------------------------------------ entries */

/* Preemption is off; the entry is that of this processor's vCPU. */
static void umbra_vmx_entry_traced(void *data, u64 instruction_pointer, u64 control_block,
				   u64 nested_instruction_pointer, u32 interrupt_status,
				   u32 event, bool nested_paging, u64 nested_root, u64 guest_cr3,
				   u32 architecture)
{
	struct kvm_vcpu *vcpu = kvm_get_running_vcpu();
	struct umbra_carrier *carrier = vcpu ? umbra_carrier_of(vcpu) : NULL;

	if (carrier && carrier->entry.underway && architecture == TRACED_VMX)
		carrier->entry.control_block = control_block;
}

/* A page that VMCS12 names, on its way into the VMCS of the entry. */
static int umbra_on_map(struct kvm_vcpu *vcpu, gfn_t frame, void *map, unsigned long writable)
{
	struct umbra_carrier *carrier;
	int error;

	umbra_hook_enter();
	carrier = umbra_carrier_of(vcpu);
	if (carrier && carrier->entry.underway)
		carrier->entry.last_mapped = gfn_to_gpa(frame);
	error = UMBRA_CALL(MAP, int (*)(struct kvm_vcpu *, gfn_t, void *, unsigned long),
			   vcpu, frame, map, writable);
	umbra_hook_leave();
	return error;
}

/* L1 delivers the very interrupt we were about to. */
static void umbra_vmx_injected_by_l1(struct umbra_carrier *carrier)
{
	u32 event = umbra_vmcs_read(VM_ENTRY_INTR_INFO_FIELD);
	u8 vector;
	int irq;

	if ((event & (INTR_INFO_VALID_MASK | INTR_INFO_INTR_TYPE_MASK)) !=
	    (INTR_INFO_VALID_MASK | INTR_TYPE_EXT_INTR))
		return;
	irq = umbra_interrupt_due(carrier->current_vcpu, &vector);
	if (irq >= 0 && vector == (event & INTR_INFO_VECTOR_MASK))
		umbra_interrupt_delivered(carrier->current_vcpu->tenant, irq, true);
}

static void umbra_vmx_entered(struct umbra_carrier *carrier, u64 host_space, bool by_l1)
{
	struct kvm_vcpu *vcpu = carrier->vcpu;
	struct umbra_tenant_vcpu *known = carrier->current_vcpu;
	struct umbra_entry_view view = {
		.control_block = carrier->entry.control_block,
		.host_space = host_space,
		.permission_map = carrier->entry.last_mapped,
		.nested_root = vcpu->arch.mmu->get_guest_pgd(vcpu) & EPTP_ADDRESS,
		.at_reset = umbra_vmx_instruction_pointer(vcpu) == 0xfff0 &&
			    umbra_vmcs_read(GUEST_CS_BASE) == 0xffff0000 &&
			    !(umbra_vmcs_read(CR0_READ_SHADOW) & X86_CR0_PE),
	};

	if (view.control_block == INVALID_GPA) {
		pr_err_once("umbra: L1 or this kernel hides the VMCS; tenant VMs are held\n");
		WRITE_ONCE(carrier->held, true);
	} else if (!by_l1) {
		/* Resumed by RSM or restored from a file: nothing new was shown. */
		WRITE_ONCE(carrier->inside,
			   known && known->control_block == view.control_block);
		WRITE_ONCE(carrier->held, !carrier->inside);
	} else {
		umbra_registry_enter(carrier, &view);
		if (carrier->current_vcpu)
			umbra_vmx_injected_by_l1(carrier);
	}
}

static int umbra_on_enter(struct kvm_vcpu *vcpu, bool by_l1)
{
	struct umbra_carrier *carrier;
	u64 host_space = 0;
	int status;

	umbra_hook_enter();
	carrier = umbra_carrier_get(vcpu);
	if (carrier) {
		WRITE_ONCE(carrier->inside, false);
		carrier->entry.control_block = INVALID_GPA;
		carrier->entry.last_mapped = 0;
		carrier->entry.underway = true;
		/* Page-table and process identifiers come and go in the low bits of CR3. */
		host_space = vcpu->arch.mmu->get_guest_pgd(vcpu) & ~0x1fffull;
	}
	status = UMBRA_CALL(ENTER, int (*)(struct kvm_vcpu *, bool), vcpu, by_l1);
	if (carrier) {
		carrier->entry.underway = false;
		if (umbra_in_tenant(vcpu))
			umbra_vmx_entered(carrier, host_space, by_l1);
	}
	umbra_hook_leave();
	return status;
}

static bool umbra_vmx_must_hold(struct umbra_carrier *carrier)
{
	return !carrier || !carrier->current_vcpu || umbra_must_hold(carrier);
}

/* KVM looks for events of L1 before an entry; here it may sleep. */
static int umbra_on_check_events(struct kvm_vcpu *vcpu)
{
	struct umbra_carrier *carrier;
	int result;

	umbra_hook_enter();
	result = UMBRA_CALL(CHECK_EVENTS, int (*)(struct kvm_vcpu *), vcpu);
	if (umbra_in_tenant(vcpu)) {
		carrier = umbra_carrier_get(vcpu);
		/* Inside since before we were loaded: known at L1's next entry. */
		if (carrier && !carrier->current_vcpu)
			WRITE_ONCE(carrier->held, true);
		if (carrier && umbra_must_hold(carrier))
			umbra_hold(carrier);
	} else {
		carrier = umbra_carrier_of(vcpu);
		if (carrier && carrier->current_vcpu)
			umbra_interrupt_left(carrier, false);
	}
	umbra_hook_leave();
	return result;
}

static void umbra_on_prepare_switch(struct kvm_vcpu *vcpu)
{
	umbra_hook_enter();
	UMBRA_CALL(PREPARE_SWITCH, void (*)(struct kvm_vcpu *), vcpu);
	if (umbra_in_tenant(vcpu) && !READ_ONCE(umbra.unloading) &&
	    umbra_vmx_must_hold(umbra_carrier_of(vcpu)))
		umbra_refuse_entry(vcpu);
	umbra_hook_leave();
}

/* ----------------------------------------------------------------- delivery */

/* What was put into the VMCS for one entry. */
struct umbra_vmx_offer {
	int irq;
	bool window;
	u32 controls;		/* as they were */
};

/* L1 runs real mode as virtual-8086 mode: the IDT in force is not the tenant's. */
static bool umbra_vmx_fake_real_mode(void)
{
	return (umbra_vmcs_read(GUEST_CR0) ^ umbra_vmcs_read(CR0_READ_SHADOW)) & X86_CR0_PE;
}

/* The checks of 27.2.1.3 and 27.3.1.5 on an entry that injects an external interrupt. */
static bool umbra_vmx_interruptible(void)
{
	return umbra_vmcs_read(GUEST_RFLAGS) & X86_EFLAGS_IF &&
	       !(umbra_vmcs_read(GUEST_INTERRUPTIBILITY_INFO) &
		 (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)) &&
	       !umbra_vmcs_read(GUEST_PENDING_DBG_EXCEPTIONS) &&
	       !(umbra_vmcs_read(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_VALID_MASK);
}

/* Interrupts are off and KVM has finished the VMCS. */
static void umbra_vmx_offer(struct umbra_carrier *carrier, struct umbra_vmx_offer *offer)
{
	u8 vector;

	offer->irq = umbra_interrupt_due(carrier->current_vcpu, &vector);
	if (offer->irq < 0)
		return;
	if (umbra_vmx_fake_real_mode() ||
	    umbra_vmcs_read(GUEST_ACTIVITY_STATE) > GUEST_ACTIVITY_HLT) {
		offer->irq = -1;
		return;
	}
	if (umbra_vmx_interruptible()) {
		umbra_vmcs_write(VM_ENTRY_INTR_INFO_FIELD,
				 vector | INTR_TYPE_EXT_INTR | INTR_INFO_VALID_MASK);
		return;
	}
	offer->window = true;
	offer->controls = umbra_vmcs_read(CPU_BASED_VM_EXEC_CONTROL);
	umbra_vmcs_write(CPU_BASED_VM_EXEC_CONTROL,
			 offer->controls | CPU_BASED_INTR_WINDOW_EXITING);
}

/*
 * A VM exit clears the valid bit of what its entry injected, 28.2; where the bit
 * is still there no entry was made. An interrupt whose delivery was cut short is
 * KVM's to repeat, which finds it in the IDT-vectoring information.
 */
static void umbra_vmx_take_back(struct umbra_carrier *carrier,
				const struct umbra_vmx_offer *offer)
{
	if (offer->irq < 0)
		return;
	if (offer->window)
		umbra_vmcs_write(CPU_BASED_VM_EXEC_CONTROL, offer->controls);
	else if (umbra_vmcs_read(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_VALID_MASK)
		umbra_vmcs_write(VM_ENTRY_INTR_INFO_FIELD, 0);
	else
		umbra_interrupt_delivered(carrier->current_vcpu->tenant, offer->irq, false);
}

/* Kernels before run_flags have a bool there: whether to leave at once. */
static int umbra_on_vcpu_run(struct kvm_vcpu *vcpu, u64 run_flags)
{
	struct umbra_vmx_offer offer = { .irq = -1 };
	struct umbra_carrier *carrier = NULL;
	int result;

	umbra_hook_enter();
	if (umbra_in_tenant(vcpu) && !READ_ONCE(umbra.unloading)) {
		carrier = umbra_carrier_of(vcpu);
		if (umbra_vmx_must_hold(carrier))
			run_flags |= UMBRA_RUN_LEAVE_AT_ONCE;
		else
			umbra_vmx_offer(carrier, &offer);
	}
	result = UMBRA_CALL(VCPU_RUN, int (*)(struct kvm_vcpu *, u64), vcpu, run_flags);
	umbra_vmx_take_back(carrier, &offer);
	umbra_hook_leave();
	return result;
}

/* ----------------------------------------------------- what L1 gets to see */

/* A store of the tenant into its IOAPIC, on its way to L1. Qualification: 28.2.1. */
static void umbra_vmx_watch_ioapic(struct umbra_carrier *carrier, u64 qualification)
{
	struct kvm_vcpu *vcpu = carrier->vcpu;
	u64 address = umbra_vmcs_read(GUEST_PHYSICAL_ADDRESS);
	u64 pc = umbra_vmx_instruction_pointer(vcpu);
	bool long_mode = umbra_vmx_long_mode(vcpu);
	u64 exception[8] = {};
	u8 code[15];
	u32 value;
	size_t length = sizeof(code);

	if ((address & PAGE_MASK) != IOAPIC_BASE || !(qualification & EPT_VIOLATION_ACC_WRITE))
		return;
	if (!long_mode)
		pc = (u32)(pc + umbra_vmcs_read(GUEST_CS_BASE));
	/* The instruction may end before the next page does. */
	if (kvm_read_guest_virt(vcpu, pc, code, length, (void *)exception)) {
		length = min_t(size_t, length, PAGE_SIZE - offset_in_page(pc));
		if (kvm_read_guest_virt(vcpu, pc, code, length, (void *)exception))
			return;
	}
	umbra_vmx_cache(vcpu, VCPU_REGS_RSP, GUEST_RSP);
	if (umbra_decode_store(code, length, long_mode, vcpu->arch.regs, &value))
		umbra_interrupt_ioapic_write(carrier->current_vcpu->tenant,
					     address & ~PAGE_MASK, value);
}

static void umbra_on_nested_page_fault(struct kvm_vcpu *vcpu, void *fault)
{
	u32 reason, interruption, error_code;
	u64 qualification, vectoring;
	struct umbra_carrier *carrier;

	umbra_hook_enter();
	carrier = umbra_carrier_of(vcpu);
	if (carrier && carrier->current_vcpu && umbra_in_tenant(vcpu)) {
		umbra_vmx_exit_info(vcpu, &reason, &qualification, &vectoring, &interruption,
				    &error_code);
		if (reason == EXIT_REASON_EPT_VIOLATION)
			umbra_vmx_watch_ioapic(carrier, qualification);
	}
	UMBRA_CALL(NESTED_PAGE_FAULT, void (*)(struct kvm_vcpu *, void *), vcpu, fault);
	umbra_hook_leave();
}

/* A hypercall of L1 itself. */
static int umbra_on_hypercall(struct kvm_vcpu *vcpu)
{
	struct umbra_carrier *carrier = NULL;
	int result = 1;

	umbra_hook_enter();
	if (!umbra_in_tenant(vcpu) && umbra_is_ultracall(vcpu))
		carrier = umbra_carrier_get(vcpu);
	if (carrier) {
		if (umbra_ultracall(carrier, UMBRA_ORIGIN_CLOUD, umbra_vmx_privilege()))
			umbra_vmx_skip(vcpu);
	} else {
		result = UMBRA_CALL(HYPERCALL, int (*)(struct kvm_vcpu *), vcpu);
	}
	umbra_hook_leave();
	return result;
}

/* ------------------------------------------------------------------ loading */

static bool umbra_vmx_usable(void)
{
	u64 basic;

	if (hypervisor_is_type(X86_HYPER_MS_HYPERV)) {
		pr_err("umbra: KVM on Hyper-V keeps no VMCS that can be read\n");
		return false;
	}
	/* Without it the address size of string I/O is not reported, A.1. */
	if (rdmsrl_safe(MSR_IA32_VMX_BASIC, &basic) || !(basic & VMX_BASIC_INOUT)) {
		pr_err("umbra: this processor does not describe string I/O to a hypervisor\n");
		return false;
	}
	return true;
}

static int umbra_vmx_install(void)
{
	int error;

	if (!umbra_vmx_usable())
		return -EOPNOTSUPP;
	umbra_vmx_exit_info = umbra_symbol("vmx_get_exit_info");
	if (!umbra_vmx_exit_info) {
		pr_err("umbra: load kvm_intel with nested=1 first\n");
		return -ENOENT;
	}
	error = tracepoint_probe_register(&__tracepoint_kvm_nested_vmenter,
					  umbra_vmx_entry_traced, NULL);
	if (error)
		return error;
	error = umbra_hooks_install(umbra_vmx_hooks, ARRAY_SIZE(umbra_vmx_hooks));
	if (error) {
		tracepoint_probe_unregister(&__tracepoint_kvm_nested_vmenter,
					    umbra_vmx_entry_traced, NULL);
		tracepoint_synchronize_unregister();
	}
	return error;
}

static void umbra_vmx_remove(void)
{
	umbra_hooks_remove(umbra_vmx_hooks, ARRAY_SIZE(umbra_vmx_hooks));
	tracepoint_probe_unregister(&__tracepoint_kvm_nested_vmenter, umbra_vmx_entry_traced,
				    NULL);
	tracepoint_synchronize_unregister();
}

const struct umbra_backend umbra_vmx = {
	.vendor = UMBRA_VENDOR_VMX,
	.install = umbra_vmx_install,
	.remove = umbra_vmx_remove,
	.set_instruction_pointer = umbra_vmx_set_instruction_pointer,
};
