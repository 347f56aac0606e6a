/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as the pure files of the module use, for user space and
 * one thread: locks are counted, so that a test sees one left held.
 */
#ifndef UMBRA_TEST_KERNEL_H
#define UMBRA_TEST_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int64_t s64;
typedef u8 __u8;
typedef u16 __u16;
typedef u32 __u32;
typedef u64 __u64;
typedef u16 __le16;
typedef u32 __le32;
typedef u64 __le64;
typedef u64 gva_t;
typedef u64 gfn_t;
typedef u64 gpa_t;
typedef unsigned short ushort;

/* The tests run where the module does: on a little-endian machine. */
#define cpu_to_le16(value)	((u16)(value))
#define cpu_to_le32(value)	((u32)(value))
#define cpu_to_le64(value)	((u64)(value))
#define le16_to_cpu(value)	((u16)(value))
#define le32_to_cpu(value)	((u32)(value))
#define le64_to_cpu(value)	((u64)(value))
#define le32_add_cpu(pointer, value)	(*(pointer) += (value))

#define BIT(n)			(1ul << (n))
#define ALIGN(value, to)	(((value) + (to) - 1) / (to) * (to))
#define PTR_ALIGN(pointer, to)	((__typeof__(pointer))ALIGN((uintptr_t)(pointer), to))
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define min(a, b)		((a) < (b) ? (a) : (b))
#define min_t(type, a, b)	((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b)	((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define __aligned(to)		__attribute__((aligned(to)))
#define likely(condition)	(condition)
#define unlikely(condition)	(condition)
#define READ_ONCE(place)	(*(const volatile __typeof__(place) *)&(place))
#define WRITE_ONCE(place, value)	(*(volatile __typeof__(place) *)&(place) = (value))
#define smp_load_acquire(pointer)	READ_ONCE(*(pointer))
#define smp_store_release(pointer, value)	WRITE_ONCE(*(pointer), value)
#define smp_mb()		__sync_synchronize()
#define lockdep_assert_held(lock)	((void)(lock))
#define pr_warn_ratelimited(...)	((void)0)
#define container_of(pointer, type, member) \
	((type *)((u8 *)(pointer) - offsetof(type, member)))

#define BITS_PER_LONG		64
#define DECLARE_BITMAP(name, bits)	unsigned long name[(bits) / BITS_PER_LONG]
#define set_bit(bit, map)	((map)[(bit) / BITS_PER_LONG] |= 1ul << (bit) % BITS_PER_LONG)
#define clear_bit(bit, map)	((map)[(bit) / BITS_PER_LONG] &= ~(1ul << (bit) % BITS_PER_LONG))
#define __set_bit(bit, place)	((void)(*(u32 *)(place) |= 1u << (bit)))
#define test_bit(bit, map)	((map)[(bit) / BITS_PER_LONG] >> (bit) % BITS_PER_LONG & 1)

typedef struct { int held; } spinlock_t;
#define spin_lock_init(lock)	((lock)->held = 0)
#define spin_lock(lock)		((lock)->held++ ? abort() : (void)0)
#define spin_unlock(lock)	(--(lock)->held ? abort() : (void)0)
typedef struct { u32 sequence; } seqcount_t;
#define preempt_disable()	((void)0)
#define preempt_enable()	((void)0)
#define write_seqcount_begin(count)	((count)->sequence++ & 1 ? abort() : (void)0)
#define write_seqcount_end(count)	((count)->sequence++ & 1 ? (void)0 : abort())
#define read_seqcount_begin(count)	((count)->sequence)
#define read_seqcount_retry(count, begun)	((count)->sequence != (begun) || (begun) & 1)

#define rcu_read_lock()		((void)0)
#define rcu_read_unlock()	((void)0)

struct list_head { struct list_head *next, *previous; };
#define list_empty(head)		((head)->next == (head))
#define list_for_each_entry(entry, head, member) \
	for (entry = container_of((head)->next, __typeof__(*entry), member); \
	     &entry->member != (head); \
	     entry = container_of(entry->member.next, __typeof__(*entry), member))
struct hlist_node { struct hlist_node *next; };
struct rcu_head { void *next; };
struct kref { int count; };
#define kref_get(references)	((void)(references)->count++)
struct mutex { int held; };
typedef struct { long counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;
typedef struct { u8 bytes[16]; } uuid_t;
#define atomic64_inc(value)	((void)(value)->counter++)
#define atomic64_read(value)	((value)->counter)

#define GFP_KERNEL_ACCOUNT	0
#define kvcalloc(count, size, flags)	calloc(count, size)
#define kvfree(pointer)		free(pointer)

static inline void memset64(u64 *values, u64 value, size_t count)
{
	while (count--)
		*values++ = value;
}

#define PAGE_SIZE		4096
#define PAGE_MASK		(~4095ll)
#define mutex_lock(mutex)	((mutex)->held++ ? abort() : (void)0)
#define mutex_unlock(mutex)	(--(mutex)->held ? abort() : (void)0)

#define UD_VECTOR		6
#define PF_VECTOR		14
#define GP_VECTOR		13
#define KVM_REQ_TRIPLE_FAULT	10
#define KVM_REQ_EVENT		6
#define KVM_REQ_UNBLOCK		2
#define HF_GUEST_MASK		1
#define X86_EFLAGS_IF		0x200
#define HZ			250

#define NSEC_PER_MSEC		1000000L
#define MAX_JIFFY_OFFSET	(~0ul >> 1)

extern unsigned long jiffies;
#define time_before(a, b)	((long)((a) - (b)) < 0)
#define nsecs_to_jiffies(nanoseconds)	((nanoseconds) / (1000 * NSEC_PER_MSEC / HZ))
u64 ktime_get_ns(void);

struct work_struct { int unused; };
struct delayed_work { void (*function)(struct work_struct *work); };
struct workqueue_struct;
extern struct workqueue_struct *system_highpri_wq;
#define DECLARE_DELAYED_WORK(name, work)	struct delayed_work name = { work }
void mod_delayed_work(struct workqueue_struct *queue, struct delayed_work *work, unsigned long delay);
#define queue_delayed_work	mod_delayed_work
#define cancel_delayed_work_sync(work)	((void)(work))

enum kvm_reg {
	VCPU_REGS_RAX, VCPU_REGS_RCX, VCPU_REGS_RDX, VCPU_REGS_RBX,
	VCPU_REGS_RSP, VCPU_REGS_RBP, VCPU_REGS_RSI, VCPU_REGS_RDI,
	VCPU_REGS_R8, VCPU_REGS_R15 = 15, VCPU_REGS_RIP, NR_VCPU_REGS,
};

struct kvm {
	int unused;
};

enum { OUTSIDE_GUEST_MODE, IN_GUEST_MODE };

struct kvm_vcpu {
	int mode;
	struct {
		unsigned long regs[NR_VCPU_REGS];
		u32 hflags;
		u32 regs_dirty;
		struct {
			bool injected;
			bool soft;
			u8 nr;
		} interrupt;
	} arch;
};

/* What the module asks of KVM; each test supplies it. */
struct x86_exception;
void kvm_vcpu_kick(struct kvm_vcpu *vcpu);
void kvm_vcpu_wake_up(struct kvm_vcpu *vcpu);
void kvm_inject_emulated_page_fault(struct kvm_vcpu *vcpu, struct x86_exception *exception);
void kvm_queue_exception(struct kvm_vcpu *vcpu, unsigned int vector);
void kvm_make_request(int request, struct kvm_vcpu *vcpu);
unsigned long kvm_get_rflags(struct kvm_vcpu *vcpu);
void kvm_set_rflags(struct kvm_vcpu *vcpu, unsigned long flags);
void kvm_queue_exception_e(struct kvm_vcpu *vcpu, unsigned int vector, u32 error_code);

#endif
