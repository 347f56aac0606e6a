/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where kernels differ. The names used elsewhere are the newest kernel's; here
 * stands what older ones call the same thing. Built against 6.1 and 6.12.
 */
#ifndef UMBRA_COMPAT_H
#define UMBRA_COMPAT_H

#include <linux/bits.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define ftrace_regs_set_instruction_pointer ftrace_instruction_pointer_set
#endif

/* One of its parameters is no more. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define get_user_pages_remote(mm, start, count, flags, pages, locked) \
	get_user_pages_remote(mm, start, count, flags, pages, NULL, locked)
#endif

/*
 * In the run flags of a vCPU: leave the guest before its first instruction. The
 * parameter was a bool of that meaning (Intel) or did not exist (AMD).
 */
#define UMBRA_RUN_LEAVE_AT_ONCE	BIT_ULL(0)

/*
 * A guest's global interrupt flag in vcpu->arch.hflags, where the processor does not keep
 * it. Later KVM keeps it to itself.
 */
#ifdef HF_GIF_MASK
#define UMBRA_GIF_MASK HF_GIF_MASK
#else
#define UMBRA_GIF_MASK 0
#endif

/* The function that maps a page of a guest, for its own sake or behind an inline one. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define UMBRA_KVM_VCPU_MAP "kvm_vcpu_map"
#else
#define UMBRA_KVM_VCPU_MAP "__kvm_vcpu_map"
#endif

#endif
