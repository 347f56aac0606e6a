// SPDX-License-Identifier: GPL-2.0
/*
 * AMD SVM: where nested exits and entries are seen, and how the stopped vCPU
 * is read and changed. Section numbers are those of the AMD64 Architecture
 * Programmer's Manual, volume 2.
 *
 * KVM keeps struct vcpu_svm to itself, but it begins with struct kvm_vcpu and
 * the pointer to the VMCB in force follows it. That is checked against KVM's
 * own answer before it is first used; where it does not hold, tenant VMs are
 * held at their entry.
 */
#include <asm/svm.h>
#include <linux/module.h>

#include "compat.h"
#include "umbra.h"
#include "emulate.h"
#include "hook.h"
#include "svm.h"

#define CR0_PE		BIT_ULL(0)

enum umbra_layout_state {
	UMBRA_LAYOUT_UNCHECKED,
	UMBRA_LAYOUT_GOOD,
	UMBRA_LAYOUT_BAD,
};

static void (*umbra_svm_exit_info)(struct kvm_vcpu *vcpu, u32 *reason, u64 *info1, u64 *info2,
				   u32 *intr_info, u32 *error_code);
static enum umbra_layout_state umbra_svm_layout;

/* After an exit, with the VMCB of that exit in force. */
static bool umbra_layout_good(struct kvm_vcpu *vcpu)
{
	u32 reason, intr_info, error_code;
	u64 info1, info2;
	struct vmcb *vmcb;
	bool good;

	if (likely(umbra_svm_layout == UMBRA_LAYOUT_GOOD))
		return true;
	if (umbra_svm_layout == UMBRA_LAYOUT_BAD)
		return false;
	umbra_svm_exit_info(vcpu, &reason, &info1, &info2, &intr_info, &error_code);
	vmcb = umbra_vmcb(vcpu);
	good = virt_addr_valid(vmcb) && PAGE_ALIGNED(vmcb) &&
	       vmcb->control.exit_code == reason && vmcb->control.exit_info_1 == info1 &&
	       vmcb->control.exit_info_2 == info2 &&
	       vmcb->save.rax == vcpu->arch.regs[VCPU_REGS_RAX];
	umbra_svm_layout = good ? UMBRA_LAYOUT_GOOD : UMBRA_LAYOUT_BAD;
	if (!good)
		pr_err("umbra: this kernel's struct vcpu_svm is not known; tenant VMs are held\n");
	return good;
}

static int umbra_on_exit_handled(struct kvm_vcpu *vcpu);
static int umbra_on_enter_guest_mode(struct kvm_vcpu *vcpu, u64 vmcb12_address,
				     struct vmcb *vmcb12, bool from_vmrun);
static int umbra_on_check_events(struct kvm_vcpu *vcpu);
static void umbra_on_prepare_switch(struct kvm_vcpu *vcpu);
static int umbra_on_vcpu_run(struct kvm_vcpu *vcpu, u64 run_flags);
static void umbra_on_sync_control(struct kvm_vcpu *vcpu);
static void umbra_on_nested_page_fault(struct kvm_vcpu *vcpu, void *fault);
static int umbra_on_hypercall(struct kvm_vcpu *vcpu);

enum {
	EXIT_HANDLED,
	ENTER_GUEST_MODE,
	CHECK_EVENTS,
	PREPARE_SWITCH,
	SYNC_CONTROL,		/* outlives the hook whose doing it hides */
	VCPU_RUN,
	NESTED_PAGE_FAULT,
	HYPERCALL,
};

static struct umbra_hook umbra_svm_hooks[] = {
	[EXIT_HANDLED] = UMBRA_HOOK("nested_svm_exit_handled", umbra_on_exit_handled),
	[ENTER_GUEST_MODE] = UMBRA_HOOK("enter_svm_guest_mode", umbra_on_enter_guest_mode),
	[CHECK_EVENTS] = UMBRA_HOOK("svm_check_nested_events", umbra_on_check_events),
	[PREPARE_SWITCH] = UMBRA_HOOK("svm_prepare_switch_to_guest", umbra_on_prepare_switch),
	[SYNC_CONTROL] = UMBRA_HOOK("nested_sync_control_from_vmcb02", umbra_on_sync_control),
	[VCPU_RUN] = UMBRA_HOOK("svm_vcpu_run", umbra_on_vcpu_run),
	[NESTED_PAGE_FAULT] = UMBRA_HOOK("nested_svm_inject_npf_exit",
					 umbra_on_nested_page_fault),
	[HYPERCALL] = UMBRA_HOOK("kvm_emulate_hypercall", umbra_on_hypercall),
};

#define UMBRA_CALL(index, type, ...) \
	(((type)umbra_svm_hooks[index].original)(__VA_ARGS__))

/* KVM asks whether an exit of a tenant VM is L1's business. 1: it was dealt with. */
static int umbra_on_exit_handled(struct kvm_vcpu *vcpu)
{
	struct umbra_carrier *carrier;
	int result;
	bool halt;

	umbra_hook_enter();
	carrier = umbra_carrier_of(vcpu);
	if (carrier && carrier->current_vcpu) {
		struct vmcb *vmcb = umbra_vmcb(vcpu);

		if (!umbra_layout_good(vcpu)) {
			/* Not even this exit is L1's; the next entry is refused. */
			umbra_hook_leave();
			return 1;
		}
		halt = vmcb->control.exit_code == SVM_EXIT_HLT;
		if (umbra_svm_exit(carrier, vmcb) == UMBRA_DONE) {
			umbra_hook_leave();
			return 1;
		}
		umbra_vcpu_capture(carrier);
		result = UMBRA_CALL(EXIT_HANDLED, int (*)(struct kvm_vcpu *), vcpu);
		if (!umbra_in_tenant(vcpu))
			umbra_left(carrier, halt);
	} else {
		result = UMBRA_CALL(EXIT_HANDLED, int (*)(struct kvm_vcpu *), vcpu);
	}
	umbra_hook_leave();
	return result;
}

/* ------------------------------------------------------------------ entries */

static int umbra_on_enter_guest_mode(struct kvm_vcpu *vcpu, u64 vmcb12_address,
				     struct vmcb *vmcb12, bool from_vmrun)
{
	struct umbra_entry_view view = { .control_block = vmcb12_address };
	struct umbra_carrier *carrier;
	struct vmcb *vmcb;
	int error;
	bool good;

	umbra_hook_enter();
	carrier = umbra_carrier_get(vcpu);
	if (carrier)
		umbra_entry_begins(carrier);
	/* The VMCB in force is still that of the exit by which L1 asks for this. */
	good = umbra_layout_good(vcpu);
	/* Page-table and process identifiers come and go in the low bits of CR3. */
	if (good)
		view.host_space = umbra_vmcb(vcpu)->save.cr3 & ~0x1fffull;
	if (carrier)
		carrier->own_block = umbra_vmcb(vcpu);
	view.permission_map = vmcb12->control.msrpm_base_pa;
	error = UMBRA_CALL(ENTER_GUEST_MODE,
			   int (*)(struct kvm_vcpu *, u64, struct vmcb *, bool),
			   vcpu, vmcb12_address, vmcb12, from_vmrun);
	if (!error && carrier && good) {
		vmcb = umbra_vmcb(vcpu);
		view.nested_root = vcpu->arch.mmu->get_guest_pgd(vcpu) & PAGE_MASK;
		view.nested_levels = vcpu->arch.mmu->cpu_role.base.level;
		view.at_reset = vmcb->save.rip == 0xfff0 && vmcb->save.cs.base == 0xffff0000 &&
				!(vmcb->save.cr0 & CR0_PE);
		umbra_registry_enter(carrier, &view);
		if (carrier->current_vcpu) {
			umbra_svm_injected_by_l1(carrier, vmcb);
			umbra_port_entered(carrier, umbra_svm_instruction_pointer(vcpu));
		}
	}
	umbra_hook_leave();
	return error;
}

static bool umbra_svm_known(const struct umbra_carrier *carrier)
{
	return umbra_svm_layout != UMBRA_LAYOUT_BAD && carrier && carrier->current_vcpu;
}

/* KVM looks for events of L1 before each entry; here it may sleep. */
static int umbra_on_check_events(struct kvm_vcpu *vcpu)
{
	struct umbra_carrier *carrier;
	int result;

	umbra_hook_enter();
	carrier = umbra_carrier_of(vcpu);
	if (carrier && umbra_in_tenant(vcpu))
		umbra_vcpu_capture(carrier);
	result = UMBRA_CALL(CHECK_EVENTS, int (*)(struct kvm_vcpu *), vcpu);
	if (umbra_in_tenant(vcpu)) {
		carrier = umbra_carrier_get(vcpu);
		/* Inside since before we were loaded: known at L1's next entry. */
		if (carrier && (!carrier->current_vcpu || umbra_svm_layout == UMBRA_LAYOUT_BAD))
			WRITE_ONCE(carrier->held, true);
		if (carrier && umbra_must_hold(carrier))
			umbra_hold(carrier);
	} else if (carrier && carrier->current_vcpu) {
		umbra_left(carrier, false);
	}
	umbra_hook_leave();
	return result;
}

/* Preemption is off; KVM refuses the entry when it finds a request. */
static void umbra_on_prepare_switch(struct kvm_vcpu *vcpu)
{
	struct umbra_carrier *carrier;

	umbra_hook_enter();
	UMBRA_CALL(PREPARE_SWITCH, void (*)(struct kvm_vcpu *), vcpu);
	if (umbra_in_tenant(vcpu) && !READ_ONCE(umbra.unloading)) {
		carrier = umbra_carrier_of(vcpu);
		if (!umbra_svm_known(carrier) || !umbra_may_run(carrier))
			umbra_refuse_entry(vcpu);
	}
	umbra_hook_leave();
}

/*
 * L1 clears the global interrupt flag (15.17) while it goes from its own state to a
 * tenant's and back, and FS, GS and the registers of SYSCALL and SWAPGS may be
 * either's. Programs of L1 always have its own.
 */
static bool umbra_svm_own_state(const struct kvm_vcpu *vcpu, const struct vmcb *vmcb)
{
	if (vmcb->control.int_ctl & V_GIF_ENABLE_MASK)
		return vmcb->control.int_ctl & V_GIF_MASK;
	return UMBRA_GIF_MASK ? vcpu->arch.hflags & UMBRA_GIF_MASK : vmcb->save.cpl == 3;
}

/* L1 itself goes on, with its own control block in force. */
static void umbra_svm_run_own(struct kvm_vcpu *vcpu)
{
	struct umbra_carrier *carrier = umbra_carrier_of(vcpu);
	struct vmcb *vmcb = umbra_vmcb(vcpu);

	if (!carrier || umbra_svm_layout != UMBRA_LAYOUT_GOOD || !umbra_svm_own_state(vcpu, vmcb))
		return;
	carrier->own_block = vmcb;
	umbra_vcpu_capture_own(carrier);
}

static void umbra_svm_ran_tenant(struct umbra_carrier *carrier)
{
	if (!umbra_svm_known(carrier) || umbra_svm_layout != UMBRA_LAYOUT_GOOD ||
	    umbra_vmcb(carrier->vcpu)->control.exit_code != SVM_EXIT_INTR)
		return;
	carrier->exit_unhandled = true;
	umbra_interrupted(carrier);
	carrier->exit_unhandled = false;
}

/* Kernels without run_flags have no second parameter; what it holds then is passed on unread. */
static int umbra_on_vcpu_run(struct kvm_vcpu *vcpu, u64 run_flags)
{
	struct umbra_carrier *carrier = NULL;
	bool own_window_shut = false;
	int result;

	umbra_hook_enter();
	if (umbra_in_tenant(vcpu) && !READ_ONCE(umbra.unloading)) {
		carrier = umbra_carrier_of(vcpu);
		if (!umbra_svm_known(carrier) || umbra_must_hold(carrier)) {
			run_flags |= UMBRA_RUN_LEAVE_AT_ONCE;
		} else if (umbra_svm_layout == UMBRA_LAYOUT_GOOD) {
			umbra_svm_offer(carrier);
			carrier->window_shut = umbra_svm_shut_window(&umbra_vmcb(vcpu)->control);
		}
	} else if (!umbra_in_tenant(vcpu)) {
		umbra_svm_run_own(vcpu);
		if (umbra_svm_layout == UMBRA_LAYOUT_GOOD)
			own_window_shut = umbra_svm_shut_window(&umbra_vmcb(vcpu)->control);
	}
	result = UMBRA_CALL(VCPU_RUN, int (*)(struct kvm_vcpu *, u64), vcpu, run_flags);
	if (own_window_shut)
		umbra_svm_open_window(&umbra_vmcb(vcpu)->control);
	if (carrier)
		umbra_svm_ran_tenant(carrier);
	umbra_hook_leave();
	return result;
}

/* KVM is about to show L1 the control area; what we put there is not L1's. */
static void umbra_on_sync_control(struct kvm_vcpu *vcpu)
{
	struct umbra_carrier *carrier;

	umbra_hook_enter();
	carrier = umbra_carrier_of(vcpu);
	if (carrier && carrier->offered)
		umbra_svm_take_back(carrier);
	if (carrier && carrier->window_shut) {
		carrier->window_shut = false;
		umbra_svm_open_window(&umbra_vmcb(vcpu)->control);
	}
	UMBRA_CALL(SYNC_CONTROL, void (*)(struct kvm_vcpu *), vcpu);
	umbra_hook_leave();
}

static void umbra_on_nested_page_fault(struct kvm_vcpu *vcpu, void *fault)
{
	enum umbra_verdict verdict = UMBRA_PASS;
	struct umbra_carrier *carrier;

	umbra_hook_enter();
	carrier = umbra_carrier_of(vcpu);
	if (carrier && carrier->current_vcpu && umbra_in_tenant(vcpu) &&
	    !READ_ONCE(umbra.unloading) && umbra_layout_good(vcpu))
		verdict = umbra_svm_page_fault(carrier, umbra_vmcb(vcpu), fault);
	if (verdict == UMBRA_PASS) {
		if (carrier && umbra_in_tenant(vcpu))
			umbra_vcpu_capture(carrier);
		UMBRA_CALL(NESTED_PAGE_FAULT, void (*)(struct kvm_vcpu *, void *), vcpu, fault);
	}
	umbra_hook_leave();
}

/* A hypercall of L1 itself. */
static int umbra_on_hypercall(struct kvm_vcpu *vcpu)
{
	struct umbra_carrier *carrier = NULL;
	int result = 1;

	umbra_hook_enter();
	if (!umbra_in_tenant(vcpu) && umbra_is_ultracall(vcpu) && umbra_layout_good(vcpu))
		carrier = umbra_carrier_get(vcpu);
	if (carrier) {
		if (umbra_ultracall(carrier, UMBRA_ORIGIN_CLOUD, umbra_vmcb(vcpu)->save.cpl))
			umbra_svm_skip(vcpu, VMMCALL_LENGTH);
	} else {
		result = UMBRA_CALL(HYPERCALL, int (*)(struct kvm_vcpu *), vcpu);
	}
	umbra_hook_leave();
	return result;
}

static int umbra_svm_install(void)
{
	umbra_svm_exit_info = umbra_symbol("svm_get_exit_info");
	if (!umbra_svm_exit_info) {
		pr_err("umbra: load kvm_amd with nested=1 first\n");
		return -ENOENT;
	}
	umbra_svm_interrupts_init();
	return umbra_hooks_install(umbra_svm_hooks, ARRAY_SIZE(umbra_svm_hooks));
}

static void umbra_svm_remove(void)
{
	umbra_hooks_remove(umbra_svm_hooks, ARRAY_SIZE(umbra_svm_hooks));
}

const struct umbra_backend umbra_svm = {
	.vendor = UMBRA_VENDOR_SVM,
	.install = umbra_svm_install,
	.remove = umbra_svm_remove,
	.set_instruction_pointer = umbra_svm_set_instruction_pointer,
	.describe = umbra_svm_describe,
	.retarget_fault = umbra_svm_retarget_fault,
	.capture = umbra_svm_capture,
};
