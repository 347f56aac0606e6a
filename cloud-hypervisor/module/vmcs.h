/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMCS in force on this processor (Intel SDM volume 3, chapters 25 and 31).
 *
 * KVM's own accessors are private. These are for code that runs in the thread
 * of a vCPU while it is loaded: KVM then keeps that vCPU's VMCS current across
 * preemption. Fields are those of <asm/vmx.h>.
 *
 * An instruction that faults, because VMX was switched off under us by an
 * emergency reboot, is stepped over: a read then gives zero.
 */
#ifndef UMBRA_VMCS_H
#define UMBRA_VMCS_H

#include <asm/asm.h>
#include <asm/vmx.h>
#include <linux/types.h>

static __always_inline u64 umbra_vmcs_read(unsigned long field)
{
	u64 value = 0;

	asm volatile("1: vmread %1, %0\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "+r" (value) : "r" (field) : "cc");
	return value;
}

static __always_inline void umbra_vmcs_write(unsigned long field, u64 value)
{
	asm volatile("1: vmwrite %0, %1\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : : "r" (value), "r" (field) : "cc", "memory");
}

#endif
