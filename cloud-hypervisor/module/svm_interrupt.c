// SPDX-License-Identifier: GPL-2.0
/*
 * AMD SVM: how an interrupt gets into a vCPU that is about to run. Section numbers
 * are those of the AMD64 Architecture Programmer's Manual, volume 2.
 *
 * Ours are offered as the virtual interrupt of 15.21.4: the processor takes it in
 * the guest as soon as RFLAGS.IF allows, and clears V_IRQ when it has. If L1 uses it
 * itself, for its interrupt window, its turn comes first (see SVM_EXIT_VINTR).
 *
 * An interrupt shadow (15.21.5) holds interrupts back for the instruction after STI,
 * which is most often HLT. QEMU's emulation of VMRUN does not load it: an interrupt
 * taken between the two returns to the HLT and may leave the processor asleep with
 * work to do. There nothing is offered in a shadow, and an interrupt window, of L1
 * over its tenant or of L0's KVM over L1, opens one exit later. That exit is the
 * HLT's, which finds the interrupt pending, or at the latest L0's next timer tick.
 */
#include <asm/processor.h>

#include "svm.h"

#define SVM_CLEAN_INTERRUPTS	BIT(3)	/* 15.15.3 */

static bool umbra_svm_shadow_is_lost;

void umbra_svm_interrupts_init(void)
{
	umbra_svm_shadow_is_lost = hypervisor_cpuid_base("TCGTCGTCGTCG", 0);
}

static bool umbra_svm_in_lost_shadow(const struct vmcb_control_area *control)
{
	return umbra_svm_shadow_is_lost && control->int_state & SVM_INTERRUPT_SHADOW_MASK;
}

void umbra_svm_inject_now(struct kvm_vcpu *vcpu, struct umbra_carrier *carrier)
{
	u8 vector;
	int irq = umbra_interrupt_due(carrier->current_vcpu, &vector);

	if (irq < 0)
		return;
	vcpu->arch.interrupt.injected = true;
	vcpu->arch.interrupt.soft = false;
	vcpu->arch.interrupt.nr = vector;
	kvm_make_request(KVM_REQ_EVENT, vcpu);
	umbra_interrupt_delivered(carrier->current_vcpu->tenant, irq, false);
}

/* L1 delivers the very interrupt we were about to. */
void umbra_svm_injected_by_l1(struct umbra_carrier *carrier, const struct vmcb *vmcb)
{
	u32 event = vmcb->control.event_inj;
	u8 vector;
	int irq;

	if (!(event & SVM_EVTINJ_VALID) ||
	    (event & SVM_EVTINJ_TYPE_MASK) != SVM_EVTINJ_TYPE_INTR)
		return;
	irq = umbra_interrupt_due(carrier->current_vcpu, &vector);
	if (irq >= 0 && vector == (event & SVM_EVTINJ_VEC_MASK))
		umbra_interrupt_delivered(carrier->current_vcpu->tenant, irq, true);
}

void umbra_svm_offer(struct umbra_carrier *carrier)
{
	struct vmcb_control_area *control = &umbra_vmcb(carrier->vcpu)->control;
	u8 vector;
	int irq;

	if (control->int_ctl & V_IRQ_MASK || umbra_svm_in_lost_shadow(control))
		return;
	irq = umbra_interrupt_due(carrier->current_vcpu, &vector);
	if (irq < 0)
		return;
	carrier->offered = true;
	carrier->offered_irq = irq;
	carrier->saved_int_ctl = control->int_ctl;
	carrier->saved_int_vector = control->int_vector;
	control->int_vector = vector;
	control->int_ctl |= V_IRQ_MASK | V_IGN_TPR_MASK | V_INTR_PRIO_MASK;
	control->clean &= ~SVM_CLEAN_INTERRUPTS;
}

void umbra_svm_take_back(struct umbra_carrier *carrier)
{
	struct vmcb_control_area *control = &umbra_vmcb(carrier->vcpu)->control;
	bool taken = !(control->int_ctl & V_IRQ_MASK);
	u32 ours = V_IRQ_MASK | V_IGN_TPR_MASK | V_INTR_PRIO_MASK;

	carrier->offered = false;
	control->int_ctl = (control->int_ctl & ~ours) | (carrier->saved_int_ctl & ours);
	control->int_vector = carrier->saved_int_vector;
	control->clean &= ~SVM_CLEAN_INTERRUPTS;
	if (taken)
		umbra_interrupt_delivered(carrier->current_vcpu->tenant, carrier->offered_irq,
					  false);
}

/* True if an interrupt window was shut for this entry; it is opened again afterwards. */
bool umbra_svm_shut_window(struct vmcb_control_area *control)
{
	if (!(control->int_ctl & V_IRQ_MASK) || !umbra_svm_in_lost_shadow(control))
		return false;
	control->int_ctl &= ~V_IRQ_MASK;
	control->clean &= ~SVM_CLEAN_INTERRUPTS;
	return true;
}

void umbra_svm_open_window(struct vmcb_control_area *control)
{
	control->int_ctl |= V_IRQ_MASK;
	control->clean &= ~SVM_CLEAN_INTERRUPTS;
}
