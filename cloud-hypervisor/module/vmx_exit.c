// SPDX-License-Identifier: GPL-2.0
/*
 * Intel VMX: a tenant's vCPU that has stopped: what it wanted, and what it is
 * given for its next run. See vmx.c, also for what the section numbers mean and
 * that none of this HAS BEEN RUN ON HARDWARE.
 */
#include "umbra.h"
#include "emulate.h"
#include "vmx.h"

#define PORT_SIZE_MASK		7	/* bytes - 1; exit qualification, 28.2.1 */
#define PORT_IN			BIT(3)
#define PORT_STRING		BIT(4)
#define PORT_REPEATED		BIT(5)
#define PORT_SHIFT		16
#define SEGMENT_DATA		3	/* order of the segment fields: ES CS SS DS FS GS */
#define SEGMENT_FS		4
#define SEGMENT_GS		5
#define CPUID_FEATURES		1

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

u64 umbra_vmx_instruction_pointer(struct kvm_vcpu *vcpu)
{
	return umbra_vmx_cache(vcpu, VCPU_REGS_RIP, GUEST_RIP);
}

/* Also ends an interrupt shadow, as completing an instruction does. */
void umbra_vmx_set_instruction_pointer(struct kvm_vcpu *vcpu, u64 value)
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

void umbra_vmx_skip(struct kvm_vcpu *vcpu)
{
	umbra_vmx_set_instruction_pointer(vcpu, umbra_vmx_next_instruction(vcpu));
}

u8 umbra_vmx_privilege(void)
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
		.privilege = umbra_vmx_privilege(),
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

enum umbra_verdict umbra_vmx_exit(struct umbra_carrier *carrier, u32 reason, u64 qualification)
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
		/* Also failed entries: bit 31 of the reason says so. */
		return UMBRA_PASS;
	}
}

/* ----------------------------------------------------------- page faults */

void umbra_vmx_describe(struct kvm_vcpu *vcpu, struct umbra_machine *machine)
{
	u8 segment;

	umbra_vmx_cache(vcpu, VCPU_REGS_RSP, GUEST_RSP);
	machine->instruction_pointer = umbra_vmx_instruction_pointer(vcpu);
	machine->code_size = umbra_vmx_long_mode(vcpu) ? 8 :
			     umbra_vmcs_read(GUEST_CS_AR_BYTES) & VMX_AR_DB_MASK ? 4 : 2;
	for (segment = 0; segment < UMBRA_SEGMENTS; segment++)
		machine->bases[segment] = umbra_vmx_segment_base(vcpu, segment);
}

static u64 umbra_vmx_msr(struct kvm_vcpu *vcpu, u32 index)
{
	struct msr_data msr = { .index = index, .host_initiated = true };

	return umbra_vmx_get_msr(vcpu, &msr) ? 0 : msr.data;
}

/* The bits of CR0 and CR4 that the tenant changes without an exit are in the VMCS alone. */
static u64 umbra_vmx_control(u64 known, u64 owned, unsigned long field)
{
	return (known & ~owned) | (umbra_vmcs_read(field) & owned);
}

void umbra_vmx_capture(struct umbra_carrier *carrier, struct umbra_vcpu_registers *registers)
{
	struct kvm_vcpu *vcpu = carrier->vcpu;
	const struct kvm_vcpu_arch *arch = &vcpu->arch;

	registers->cr0 = cpu_to_le64(umbra_vmx_control(arch->cr0, arch->cr0_guest_owned_bits,
						       GUEST_CR0));
	registers->cr3 = cpu_to_le64(umbra_vmcs_read(GUEST_CR3));
	registers->cr4 = cpu_to_le64(umbra_vmx_control(arch->cr4, arch->cr4_guest_owned_bits,
						       GUEST_CR4));
	registers->efer = cpu_to_le64(arch->efer);
	registers->gdt_base = cpu_to_le64(umbra_vmcs_read(GUEST_GDTR_BASE));
	registers->idt_base = cpu_to_le64(umbra_vmcs_read(GUEST_IDTR_BASE));
	registers->idt_limit = cpu_to_le32(umbra_vmcs_read(GUEST_IDTR_LIMIT) & 0xffff);
	registers->privilege = cpu_to_le32(umbra_vmx_privilege());
	registers->lstar = cpu_to_le64(umbra_vmx_msr(vcpu, MSR_LSTAR));
	registers->gs_base = cpu_to_le64(umbra_vmcs_read(GUEST_GS_BASE));
	registers->kernel_gs_base = cpu_to_le64(umbra_vmx_msr(vcpu, MSR_KERNEL_GS_BASE));
	registers->rip = cpu_to_le64(umbra_vmx_instruction_pointer(vcpu));
	registers->rsp = cpu_to_le64(umbra_vmx_cache(vcpu, VCPU_REGS_RSP, GUEST_RSP));
}

/* Nothing to do: KVM takes the address from the fault. */
void umbra_vmx_retarget_fault(struct kvm_vcpu *vcpu, u64 address)
{
}

/* Exit qualification of EPT violations, 28.2.1; IDT-vectoring information, 28.2.4. */
enum umbra_verdict umbra_vmx_page_fault(struct umbra_carrier *carrier, u32 reason,
					u64 qualification, u64 address)
{
	u64 operand = EPT_VIOLATION_GVA_IS_VALID | EPT_VIOLATION_GVA_TRANSLATED;

	if (reason != EXIT_REASON_EPT_VIOLATION)
		return umbra_memory_exit(carrier, address, false, true);
	return umbra_memory_exit(carrier, address, qualification & EPT_VIOLATION_ACC_WRITE,
				 (qualification & operand) == operand &&
				 !(umbra_vmcs_read(IDT_VECTORING_INFO_FIELD) &
				   VECTORING_INFO_VALID_MASK));
}

/* ----------------------------------------------------------------- delivery */

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
void umbra_vmx_offer(struct umbra_carrier *carrier, struct umbra_vmx_offer *offer)
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
void umbra_vmx_take_back(struct umbra_carrier *carrier, const struct umbra_vmx_offer *offer)
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
