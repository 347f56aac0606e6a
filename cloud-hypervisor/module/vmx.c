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
#include "vmx.h"

#define EPTP_ADDRESS		GENMASK_ULL(51, 12)
#define TRACED_VMX		1	/* the tracepoint's name for Intel */

extern struct tracepoint __tracepoint_kvm_nested_vmenter;

static void (*umbra_vmx_exit_info)(struct kvm_vcpu *vcpu, u32 *reason, u64 *info1, u64 *info2,
				   u32 *intr_info, u32 *error_code);

int (*umbra_vmx_get_msr)(struct kvm_vcpu *vcpu, struct msr_data *msr);

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
		if (!result)
			umbra_vcpu_capture(carrier);
	}
	if (!result)
		result = UMBRA_CALL(REFLECT_EXIT, bool (*)(struct kvm_vcpu *), vcpu);
	if (carrier && carrier->current_vcpu && !umbra_in_tenant(vcpu))
		umbra_left(carrier, reason == EXIT_REASON_HLT);
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
		.nested_levels = vcpu->arch.mmu->cpu_role.base.level,
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
		if (carrier->current_vcpu) {
			umbra_vmx_injected_by_l1(carrier);
			umbra_port_entered(carrier, umbra_vmx_instruction_pointer(vcpu));
		}
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
		umbra_entry_begins(carrier);
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

static bool umbra_vmx_known(const struct umbra_carrier *carrier)
{
	return carrier && carrier->current_vcpu;
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
			umbra_left(carrier, false);
	}
	umbra_hook_leave();
	return result;
}

static void umbra_on_prepare_switch(struct kvm_vcpu *vcpu)
{
	struct umbra_carrier *carrier;

	umbra_hook_enter();
	UMBRA_CALL(PREPARE_SWITCH, void (*)(struct kvm_vcpu *), vcpu);
	if (umbra_in_tenant(vcpu) && !READ_ONCE(umbra.unloading)) {
		carrier = umbra_carrier_of(vcpu);
		if (!umbra_vmx_known(carrier) || !umbra_may_run(carrier))
			umbra_refuse_entry(vcpu);
	}
	umbra_hook_leave();
}

/*
 * L1 itself goes on. A hypervisor leaves the tenant's LSTAR and the like loaded until
 * it returns to a program; only programs have L1's own for certain.
 */
static void umbra_vmx_run_own(struct kvm_vcpu *vcpu)
{
	struct umbra_carrier *carrier = umbra_carrier_of(vcpu);

	if (carrier && umbra_vmx_privilege() == 3)
		umbra_vcpu_capture_own(carrier);
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
		if (!umbra_vmx_known(carrier) || umbra_must_hold(carrier))
			run_flags |= UMBRA_RUN_LEAVE_AT_ONCE;
		else
			umbra_vmx_offer(carrier, &offer);
	} else if (!umbra_in_tenant(vcpu)) {
		umbra_vmx_run_own(vcpu);
	}
	result = UMBRA_CALL(VCPU_RUN, int (*)(struct kvm_vcpu *, u64), vcpu, run_flags);
	umbra_vmx_take_back(carrier, &offer);
	umbra_hook_leave();
	return result;
}

static void umbra_on_nested_page_fault(struct kvm_vcpu *vcpu, void *fault)
{
	const union umbra_exception *exception = fault;
	enum umbra_verdict verdict = UMBRA_PASS;
	u32 reason, interruption, error_code;
	u64 qualification, vectoring;
	struct umbra_carrier *carrier;

	umbra_hook_enter();
	carrier = umbra_carrier_of(vcpu);
	if (carrier && carrier->current_vcpu && umbra_in_tenant(vcpu) &&
	    !READ_ONCE(umbra.unloading)) {
		umbra_vmx_exit_info(vcpu, &reason, &qualification, &vectoring, &interruption,
				    &error_code);
		verdict = umbra_vmx_page_fault(carrier, reason, qualification,
					       exception->fault.address);
	}
	if (verdict == UMBRA_PASS)
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
	umbra_vmx_get_msr = umbra_symbol("vmx_get_msr");
	if (!umbra_vmx_exit_info || !umbra_vmx_get_msr) {
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
	.describe = umbra_vmx_describe,
	.retarget_fault = umbra_vmx_retarget_fault,
	.capture = umbra_vmx_capture,
};
