// SPDX-License-Identifier: GPL-2.0
/*
 * An interrupt on offer to a vCPU of AMD's, and the shadow that an emulated
 * processor forgets.
 */
#include "test.h"
#include "svm.h"

#define COM1		4
#define VECTOR		0x34
#define OF_L1		(1u << 24)	/* some field of int_ctl that is not ours */
#define CLEAN		0xffffffffu
#define CLEAN_INTERRUPTS	(1u << 3)

struct umbra_state umbra;

static bool emulated;
static struct umbra_cloud cloud;
static struct umbra_tenant tenant;
static struct umbra_tenant_vcpu tenant_vcpu;
static struct umbra_carrier carrier;
static struct vmcb vmcb;
/* As KVM has it: the pointer to the control block in force follows the vCPU. */
static struct {
	struct kvm_vcpu vcpu;
	struct vmcb *vmcb;
} svm;

u32 hypervisor_cpuid_base(const char *signature, u32 leaves)
{
	EXPECT(!strcmp(signature, "TCGTCGTCGTCG"));
	return emulated ? 0x40000000 : 0;
}

void kvm_vcpu_kick(struct kvm_vcpu *vcpu)
{
}

void kvm_make_request(int request, struct kvm_vcpu *vcpu)
{
	EXPECT(request == KVM_REQ_EVENT);
}

void umbra_device_notify(bool wake)
{
}

static void begin(bool on_emulated_processor)
{
	emulated = on_emulated_processor;
	umbra_svm_interrupts_init();
	memset(&tenant, 0, sizeof(tenant));
	memset(&tenant_vcpu, 0, sizeof(tenant_vcpu));
	memset(&carrier, 0, sizeof(carrier));
	memset(&svm, 0, sizeof(svm));
	memset(&vmcb, 0, sizeof(vmcb));
	tenant.cloud = &cloud;
	tenant.vcpus[0] = &tenant_vcpu;
	tenant.vcpu_count = 1;
	tenant_vcpu.tenant = &tenant;
	tenant_vcpu.carrier = &carrier;
	carrier.vcpu = &svm.vcpu;
	carrier.current_vcpu = &tenant_vcpu;
	svm.vmcb = &vmcb;
	vmcb.control.int_ctl = OF_L1;
	vmcb.control.int_vector = 7;
	vmcb.control.clean = CLEAN;
	umbra_interrupt_reset(&tenant);
	umbra_interrupt_ioapic_write(&tenant, 0, 0x10 + 2 * COM1);
	umbra_interrupt_ioapic_write(&tenant, 0x10, VECTOR);
}

static u64 injected(void)
{
	return tenant.stream.counters[UMBRA_COUNTER_INTERRUPTS_INJECTED];
}

static void without_an_interrupt_nothing_is_touched(void)
{
	begin(false);
	umbra_svm_offer(&carrier);
	EXPECT(!carrier.offered && vmcb.control.int_ctl == OF_L1 && vmcb.control.clean == CLEAN);
}

static void what_was_taken_is_delivered_and_leaves_no_trace(void)
{
	begin(false);
	umbra_interrupt_line(&tenant, COM1, true);
	umbra_svm_offer(&carrier);
	EXPECT(carrier.offered && vmcb.control.int_vector == VECTOR);
	EXPECT(vmcb.control.int_ctl & V_IRQ_MASK && vmcb.control.int_ctl & V_IGN_TPR_MASK);
	EXPECT(!(vmcb.control.clean & CLEAN_INTERRUPTS));
	/* The processor clears it when the guest has taken it. */
	vmcb.control.int_ctl &= ~V_IRQ_MASK;
	vmcb.control.clean = CLEAN;
	umbra_svm_take_back(&carrier);
	EXPECT(!carrier.offered && injected() == 1 && !tenant.pending);
	EXPECT(vmcb.control.int_ctl == OF_L1 && vmcb.control.int_vector == 7);
	EXPECT(!(vmcb.control.clean & CLEAN_INTERRUPTS));
}

static void what_was_not_taken_is_due_still(void)
{
	begin(false);
	umbra_interrupt_line(&tenant, COM1, true);
	umbra_svm_offer(&carrier);
	umbra_svm_take_back(&carrier);
	EXPECT(!injected() && tenant.pending && vmcb.control.int_ctl == OF_L1);
	umbra_svm_offer(&carrier);
	EXPECT(carrier.offered);
}

static void the_window_of_l1_goes_first(void)
{
	begin(false);
	vmcb.control.int_ctl |= V_IRQ_MASK;
	umbra_interrupt_line(&tenant, COM1, true);
	umbra_svm_offer(&carrier);
	EXPECT(!carrier.offered && vmcb.control.int_vector == 7);
}

static void a_processor_keeps_the_shadow_itself(void)
{
	begin(false);
	vmcb.control.int_state = SVM_INTERRUPT_SHADOW_MASK;
	umbra_interrupt_line(&tenant, COM1, true);
	umbra_svm_offer(&carrier);
	EXPECT(carrier.offered);
	EXPECT(!umbra_svm_shut_window(&vmcb.control) && vmcb.control.int_ctl & V_IRQ_MASK);
}

static void under_emulation_nothing_comes_in_a_shadow(void)
{
	begin(true);
	vmcb.control.int_state = SVM_INTERRUPT_SHADOW_MASK;
	umbra_interrupt_line(&tenant, COM1, true);
	umbra_svm_offer(&carrier);
	EXPECT(!carrier.offered && vmcb.control.int_ctl == OF_L1 && tenant.pending);
	vmcb.control.int_state = 0;
	umbra_svm_offer(&carrier);
	EXPECT(carrier.offered);
}

static void under_emulation_a_window_waits_for_the_end_of_the_shadow(void)
{
	begin(true);
	vmcb.control.int_ctl |= V_IRQ_MASK;
	EXPECT(!umbra_svm_shut_window(&vmcb.control));
	vmcb.control.int_state = SVM_INTERRUPT_SHADOW_MASK;
	EXPECT(umbra_svm_shut_window(&vmcb.control));
	EXPECT(vmcb.control.int_ctl == OF_L1 && !(vmcb.control.clean & CLEAN_INTERRUPTS));
	vmcb.control.clean = CLEAN;
	umbra_svm_open_window(&vmcb.control);
	EXPECT(vmcb.control.int_ctl == (OF_L1 | V_IRQ_MASK));
	EXPECT(!(vmcb.control.clean & CLEAN_INTERRUPTS));
	vmcb.control.int_ctl = OF_L1;
	EXPECT(!umbra_svm_shut_window(&vmcb.control));
}

static void what_l1_injects_itself_is_delivered_by_it(void)
{
	begin(false);
	umbra_interrupt_line(&tenant, COM1, true);
	vmcb.control.event_inj = (VECTOR + 1u) | SVM_EVTINJ_VALID;
	umbra_svm_injected_by_l1(&carrier, &vmcb);
	vmcb.control.event_inj = VECTOR;
	umbra_svm_injected_by_l1(&carrier, &vmcb);
	vmcb.control.event_inj = VECTOR | (2u << 8) | SVM_EVTINJ_VALID;
	umbra_svm_injected_by_l1(&carrier, &vmcb);
	EXPECT(tenant.pending);
	vmcb.control.event_inj = VECTOR | SVM_EVTINJ_VALID;
	umbra_svm_injected_by_l1(&carrier, &vmcb);
	EXPECT(!tenant.pending);
	EXPECT(tenant.stream.counters[UMBRA_COUNTER_INTERRUPTS_BY_L1] == 1 && !injected());
}

static void into_an_open_window_goes_ours(void)
{
	begin(false);
	umbra_svm_inject_now(&svm.vcpu, &carrier);
	EXPECT(!svm.vcpu.arch.interrupt.injected);
	umbra_interrupt_line(&tenant, COM1, true);
	umbra_svm_inject_now(&svm.vcpu, &carrier);
	EXPECT(svm.vcpu.arch.interrupt.injected && svm.vcpu.arch.interrupt.nr == VECTOR);
	EXPECT(injected() == 1);
}

/* Whatever happens between two entries: L1 finds its own fields, and no interrupt is lost. */
static void fuzz_round(void)
{
	u32 own = random_number() & ~(V_IGN_TPR_MASK | V_INTR_PRIO_MASK);
	bool raised = random_below(2), shut, taken = false;

	begin(random_below(2));
	vmcb.control.int_ctl = own;
	vmcb.control.int_state = random_number();
	if (raised)
		umbra_interrupt_line(&tenant, COM1, true);
	umbra_svm_offer(&carrier);
	shut = umbra_svm_shut_window(&vmcb.control);
	EXPECT(!(shut && carrier.offered));
	if (carrier.offered && random_below(2)) {
		vmcb.control.int_ctl &= ~V_IRQ_MASK;
		taken = true;
	}
	if (carrier.offered)
		umbra_svm_take_back(&carrier);
	if (shut)
		umbra_svm_open_window(&vmcb.control);
	EXPECT(vmcb.control.int_ctl == own && vmcb.control.int_vector == 7);
	EXPECT(!!tenant.pending == (raised && !taken));
	EXPECT(!tenant.stream.lock.held);
}

int main(int argc, char **argv)
{
	without_an_interrupt_nothing_is_touched();
	what_was_taken_is_delivered_and_leaves_no_trace();
	what_was_not_taken_is_due_still();
	the_window_of_l1_goes_first();
	a_processor_keeps_the_shadow_itself();
	under_emulation_nothing_comes_in_a_shadow();
	under_emulation_a_window_waits_for_the_end_of_the_shadow();
	what_l1_injects_itself_is_delivered_by_it();
	into_an_open_window_goes_ours();
	fuzz(argc, argv, "svm_interrupt", fuzz_round);
	return 0;
}
