/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Umbra: takes devices of nested virtual machines away from their hypervisor.
 *
 * Terms: the cloud VM is the guest of this host that itself runs a hypervisor
 * (L1); a tenant VM is a guest of that hypervisor (L2). A carrier is a vCPU of
 * the cloud VM: it runs now L1, now a vCPU of some tenant VM.
 *
 * Locking, outermost first:
 *   umbra.registry (mutex)  lists of cloud VMs, tenant VMs, vCPUs, carriers
 *   stream->lock (spinlock) frames, requests, latches of one VM
 * A carrier's own fields are written by its thread alone.
 */
#ifndef UMBRA_H
#define UMBRA_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/kref.h>
#include <linux/kvm_host.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uuid.h>
#include <linux/wait.h>

#include <umbra/ultracall.h>

#define UMBRA_CLOUD_VMS		64	/* cloud VMs per host */
#define UMBRA_TENANT_VMS	256	/* tenant VMs known per cloud VM */
#define UMBRA_SILENCE		(60 * HZ)	/* after which a VM may make room for a new one */
#define UMBRA_VCPUS		64	/* vCPUs per tenant VM */
#define UMBRA_STREAM_FRAMES	256	/* frames kept per VM until acknowledged */
#define UMBRA_LATCHES		8	/* latched ports per tenant VM */
#define UMBRA_CONTROL_FRAMES	64	/* answers to a service and alarms not read yet */
#define UMBRA_CONTROL_ALARMS	48	/* of these, as many as alarms may fill */
#define UMBRA_ALARMS_PER_SECOND	16	/* reported of one cloud VM; more are counted */

#define UMBRA_LAYOUT_EXTENTS	4096	/* of one cloud VM's memory */
#define UMBRA_LAYOUT_FRAMES	64	/* of them told in one read, so that others have their turn */

#define UMBRA_ISA_IRQS		16
#define UMBRA_IOAPIC_PINS	24

struct umbra_tenant;
struct umbra_carrier;

/* Exported by KVM, declared in a header it does not install. */
struct x86_exception;
int kvm_read_guest_virt(struct kvm_vcpu *vcpu, gva_t address, void *value,
			unsigned int bytes, struct x86_exception *exception);
int kvm_write_guest_virt_system(struct kvm_vcpu *vcpu, gva_t address, void *value,
				unsigned int bytes, struct x86_exception *exception);
gpa_t kvm_mmu_gva_to_gpa_read(struct kvm_vcpu *vcpu, gva_t address,
			      struct x86_exception *exception);
gpa_t kvm_mmu_gva_to_gpa_write(struct kvm_vcpu *vcpu, gva_t address,
			       struct x86_exception *exception);

/* KVM's struct x86_exception is private: it begins like this, and there is room for the rest. */
union umbra_exception {
	u8 vector;
	struct {
		u8 vector;
		bool error_code_valid;
		u16 error_code;
		bool nested;		/* of the nested page tables */
		u64 address;		/* and then tenant physical */
	} fault;
	u64 words[8];
};

/* ------------------------------------------------------------- stream.c */

enum umbra_request_state {
	UMBRA_REQUEST_NONE,
	UMBRA_REQUEST_WAITING,
	UMBRA_REQUEST_ANSWERED,
};

/* A question to the service that one vCPU waits for. */
struct umbra_request {
	enum umbra_request_state state;
	bool delivered;			/* a service has read it: it may have acted on it */
	struct kvm_vcpu *waiter;
	u16 reply_type;
	u32 length;			/* bytes the answer must have */
	u8 data[UMBRA_PORT_DATA_MAXIMUM] __aligned(8);
};

struct umbra_entry {
	u64 sequence;			/* 0 until a service first reads the frame */
	struct umbra_request *request;	/* NULL: posted */
	bool finished;			/* answered or withdrawn */
	u16 length;
	u8 frame[UMBRA_FRAME_MAXIMUM] __aligned(8);
};

/*
 * The ordered frames of one VM. Positions only grow: head is the oldest kept,
 * sent the next to read, tail the next free; slot is position modulo size.
 */
struct umbra_stream {
	spinlock_t lock;
	struct umbra_entry *entries;
	u64 head, sent, tail;
	u64 newest;			/* sequence last given out */
	u64 acknowledged;
	u64 counters[UMBRA_COUNTER_COUNT];
};

int umbra_stream_init(struct umbra_stream *stream);
void umbra_stream_free(struct umbra_stream *stream);
/* All below with stream->lock held. */
struct umbra_entry *umbra_stream_append(struct umbra_stream *stream, u16 type,
					u64 tenant_vm, u32 cloud_vm, u32 vcpu);
size_t umbra_stream_read(struct umbra_stream *stream, u8 *buffer, size_t room);
void umbra_stream_acknowledge(struct umbra_stream *stream, u64 sequence);
struct umbra_entry *umbra_stream_find(struct umbra_stream *stream, u64 sequence);
void umbra_stream_finish(struct umbra_stream *stream, struct umbra_entry *entry);
void umbra_stream_rewind(struct umbra_stream *stream);

static inline bool umbra_stream_unread(const struct umbra_stream *stream)
{
	return READ_ONCE(stream->sent) != READ_ONCE(stream->tail);
}

static inline bool umbra_stream_full(const struct umbra_stream *stream)
{
	return READ_ONCE(stream->tail) - READ_ONCE(stream->head) >= UMBRA_STREAM_FRAMES;
}

/* ------------------------------------------------ layout.c and memslot.c */

struct umbra_layout_extent {
	u64 cloud_physical;
	u64 length;
	u64 offset;
	u64 inode;
	u32 device;
};

/* Where a cloud VM's memory lies, as far as the service has not read it. */
struct umbra_layout {
	struct umbra_layout_extent *extents;	/* NULL: nothing to tell */
	u32 count;
	u32 told;
	bool incomplete;
};

struct umbra_cloud;
int umbra_layout_begin(struct umbra_layout *layout);
void umbra_layout_free(struct umbra_layout *layout);
bool umbra_layout_add(struct umbra_layout *layout, const struct umbra_layout_extent *extent);
bool umbra_layout_next(const struct umbra_layout *layout, struct umbra_memory_extent *payload);
void umbra_layout_advance(struct umbra_layout *layout);
/* Collects the layout; umbra.registry held. 0, or the positive errno for REJECTED. */
int umbra_layout_read(struct umbra_cloud *cloud, u32 address_space);

/* ------------------------------------------------------------- moment.c */

/* A pause with a bound, from its PAUSE until the service has read how it ended. */
struct umbra_moment {
	u64 sequence;			/* of its PAUSE */
	bool in_force;
	bool unread;			/* the service has not read what became of it */
	enum umbra_pause_state state;	/* 0: not yet held */
	u64 began, bound;		/* nanoseconds */
	u64 settled, length;		/* as in struct umbra_paused */
};

/* 0, or the positive errno for REJECTED. */
int umbra_moment_begin(struct umbra_moment *moment, u64 sequence, u64 bound, u64 now);
/* No vCPU runs any more. */
void umbra_moment_settle(struct umbra_moment *moment, u64 now);
void umbra_moment_end(struct umbra_moment *moment, enum umbra_pause_state state, u64 now);
/* Nanoseconds left of a moment in force. */
u64 umbra_moment_left(const struct umbra_moment *moment, u64 now);
/* What the service has to read, if there is something. */
bool umbra_moment_tell(const struct umbra_moment *moment, u64 now, struct umbra_paused *payload);

/* ----------------------------------------------------------- registry.c */

/* READ_VCPUS: its sequence, and how many were told. */
struct umbra_vcpus_reading {
	bool asked;
	u64 command;
	u32 told;
};

/* Of one vCPU, written by its carrier's thread. state and flags stay zero. */
struct umbra_kept_registers {
	seqcount_t sequence;
	bool known;
	struct umbra_vcpu_registers values;
};

struct umbra_cloud {
	struct list_head link;
	struct kref references;
	u32 id;
	struct kvm *kvm;		/* NULL once destroyed */
	pid_t process;
	bool changed;			/* the service has not seen the present state */
	bool gone;
	struct umbra_stream stream;	/* ultracalls of L1 */
	struct umbra_layout layout;
	struct umbra_vcpus_reading vcpus_reading;	/* L1's own */
	unsigned long alarm_second;	/* jiffies at its begin, and alarms in it */
	u32 alarms_in_second;
	struct list_head tenants;
	u32 tenant_count;
	struct list_head carriers;
};

/* An IN that L1 serves while the service wants to know its result. */
struct umbra_observation {
	bool awaited;
	u16 port;
	u8 size;
	u64 next_instruction;
};

struct umbra_tenant_vcpu {
	struct umbra_tenant *tenant;
	u32 index;
	u32 apic_id;
	bool apic_id_awaited;		/* L1 answers CPUID leaf 1 at the next entry */
	bool changed;
	bool lost;			/* its control block serves another VM now */
	u64 control_block;
	u64 host_space;			/* CR3 of the hypervisor process in L1 */
	u64 permission_map;		/* MSR permission map L1 gave this vCPU */
	u64 nested_root;		/* last entered; 0 when another VM took it */
	bool entered;
	bool at_reset;
	bool halted;			/* L1 took its HLT */
	struct umbra_carrier *carrier;	/* last ran here */
	struct umbra_request request;
	struct umbra_observation observation;
	bool held;			/* its carrier sleeps at the entry, or is about to wake */
	struct umbra_kept_registers registers;	/* as it last stopped */
};

struct umbra_memory_claim {
	u64 base, end;			/* tenant physical; end is the first byte beyond */
};

struct umbra_latch_slot {
	u16 port;
	bool valid;
	u8 value;
	u64 sequence;
};

/* What the tenant told its interrupt controllers, seen on the way to L1. */
struct umbra_interrupt_routing {
	u8 pic_base;
	u8 pic_base_slave;
	u8 pic_mask[2];
	u8 pic_initialisation[2];	/* next ICW expected, 0: none */
	bool pic_ready;
	u8 ioapic_index;
	u64 ioapic_entries[UMBRA_IOAPIC_PINS];
};

struct umbra_tenant {
	struct list_head link;
	struct kref references;
	u64 id;
	struct umbra_cloud *cloud;
	struct umbra_stream stream;
	struct umbra_tenant_vcpu *vcpus[UMBRA_VCPUS];
	u32 vcpu_count;
	u32 resets;
	u64 nested_root;
	u64 root_changes;
	bool five_levels;		/* of the table at the root */
	/* The last root taken over from another VM: if that one takes it back, they share it. */
	u64 taken_root;
	u64 taken_from;
	/* The root another VM took from it, until it shows a different one: it may not have let go. */
	u64 lost_root;
	u64 lost_to;
	unsigned long lost_until;	/* jiffies; then the taker's root is told */
	bool root_withheld;		/* from the service: that of a VM that may still use it */
	bool changed;
	bool gone;
	bool disputed;
	u8 paused;			/* enum umbra_pause_kind */
	bool pause_reported;		/* the lasting one */
	bool pause_settling;		/* some kind waits for the vCPUs to be held */
	unsigned long pause_began;	/* jiffies */
	struct umbra_moment moment;
	struct umbra_vcpus_reading vcpus_reading;
	unsigned long nudges;		/* interrupts to have nudged */
	unsigned long last_entry;	/* jiffies */
	/* Bits 0 and 1 of enum umbra_claim, by port. */
	DECLARE_BITMAP(port_claims_low, 65536);
	DECLARE_BITMAP(port_claims_high, 65536);
	/* Ascending, apart from each other; under stream.lock. */
	struct umbra_memory_claim memory_claims[UMBRA_MEMORY_CLAIMS];
	u32 memory_claim_count;
	struct umbra_latch_slot latches[UMBRA_LATCHES];
	u16 lines;			/* levels */
	u16 pending;			/* rising edges not delivered */
	struct umbra_interrupt_routing routing;
};

/* Where a carrier stands; keyed by its kvm_vcpu. */
struct umbra_carrier {
	struct hlist_node hash;
	struct list_head link;
	struct rcu_head rcu;
	struct kvm_vcpu *vcpu;
	struct umbra_cloud *cloud;
	struct umbra_tenant_vcpu *current_vcpu;	/* holds a reference on its tenant */
	void *own_block;		/* L0's control block of L1 itself, see svm.c */
	bool inside;			/* current_vcpu is the one entered, not the last but one */
	bool held;			/* entry refused: unknown or disputed vCPU */
	bool interrupted;		/* nothing is under way in current_vcpu, see pause.c */
	bool exit_unhandled;		/* KVM has not taken over what the exit brought */
	/* The virtual interrupt offered on this entry, if any. */
	bool offered;
	u8 offered_irq;
	u32 saved_int_ctl;
	u32 saved_int_vector;
	bool window_shut;		/* L1's interrupt window waits, see svm_interrupt.c */
	/* What KVM shows of the entry it makes, see vmx.c. */
	struct {
		bool underway;
		u64 control_block;
		u64 last_mapped;
	} entry;
	struct umbra_request request;	/* ultracalls of L1 itself */
	struct umbra_kept_registers registers;	/* L1's own, with which it last went on */
};

void umbra_registry_init(void);
void umbra_registry_exit(void);
struct umbra_carrier *umbra_carrier_of(struct kvm_vcpu *vcpu);
struct umbra_carrier *umbra_carrier_get(struct kvm_vcpu *vcpu);
void umbra_registry_cloud_destroyed(struct kvm *kvm);
struct umbra_tenant *umbra_tenant_find(u64 id);
struct umbra_cloud *umbra_cloud_find(u32 id);
void umbra_tenant_put(struct umbra_tenant *tenant);
void umbra_cloud_put(struct umbra_cloud *cloud);
void umbra_tenant_gone(struct umbra_tenant *tenant);

/* A vCPU entering its tenant VM, as the vendor code found it. */
struct umbra_entry_view {
	u64 control_block;
	u64 host_space;
	u64 permission_map;
	u64 nested_root;
	u8 nested_levels;
	bool at_reset;
};

struct umbra_tenant *umbra_tenant_create(struct umbra_cloud *cloud);
struct umbra_tenant_vcpu *umbra_vcpu_create(struct umbra_tenant *tenant,
					    const struct umbra_entry_view *view);
void umbra_carrier_set(struct umbra_carrier *carrier, struct umbra_tenant_vcpu *vcpu);

/* ----------------------------------------------------------- identity.c */

void umbra_registry_enter(struct umbra_carrier *carrier,
			  const struct umbra_entry_view *view);

/* ------------------------------------------------------------ carrier.c */

/* Sleeps on the carrier until ready(); false: gave up so that the carrier can run. */
bool umbra_carrier_wait(struct kvm_vcpu *vcpu, bool (*ready)(void *), void *argument,
			const bool *delivered);
bool umbra_carrier_wanted(struct kvm_vcpu *vcpu);
void umbra_carrier_kick(struct kvm_vcpu *vcpu);

static inline bool umbra_in_tenant(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.hflags & HF_GUEST_MASK;
}

static inline struct umbra_tenant *umbra_tenant_of(const struct umbra_carrier *carrier)
{
	return carrier && carrier->current_vcpu ? carrier->current_vcpu->tenant : NULL;
}

/* ------------------------------------------------------------ request.c */

/* What is asked, and where the answer's length is known beforehand. */
struct umbra_question {
	u16 type;
	u64 tenant_vm;
	u32 cloud_vm;
	u32 vcpu;
	const void *payload;
	size_t length;
	u16 reply_type;
	u32 reply_length;
};

/*
 * Waits for room in the stream; false: gave up so that the carrier can run. When
 * bound, it gives up for a fatal signal only.
 */
bool umbra_wait_for_room(struct kvm_vcpu *vcpu, struct umbra_stream *stream, bool bound);
/* True: request->data is the answer. False: the instruction is to run again. */
bool umbra_ask(struct kvm_vcpu *vcpu, struct umbra_stream *stream,
	       struct umbra_request *request, const struct umbra_question *question);
int umbra_answer(struct umbra_stream *stream, u64 sequence, u16 reply_type,
		 const u8 *data, size_t length);

/* --------------------------------------------------------------- port.c */

struct umbra_port_access {
	u16 port;
	u8 size;
	u8 privilege;
	bool in;
	bool string;
	bool repeated;
	u8 address_size;		/* 2, 4 or 8 bytes */
	u64 segment_base;
	u64 next_instruction;
	bool backwards;			/* RFLAGS.DF */
};

enum umbra_verdict {
	UMBRA_PASS,			/* not ours: as if Umbra were not there */
	UMBRA_DONE,			/* claimed; enter the tenant VM again */
};

enum umbra_verdict umbra_port_access(struct umbra_carrier *carrier,
				     const struct umbra_port_access *access);
void umbra_port_claim(struct umbra_tenant *tenant, u16 base, u32 count, enum umbra_claim claim);
/* L1 entered the vCPU: an observed IN may be complete. */
void umbra_port_entered(struct umbra_carrier *carrier, u64 instruction_pointer);

/* ------------------------------------------ memory.c and memory_access.c */

struct umbra_machine;

int umbra_memory_claim(struct umbra_tenant *tenant, u64 base, u64 length, bool claimed);
bool umbra_memory_is_claimed(struct umbra_tenant *tenant, u64 address);
/* False: gave up, nothing was done; bound: see umbra_wait_for_room(). */
bool umbra_memory_post(struct umbra_carrier *carrier, u64 address, u8 size, u8 step, u32 count,
		       const u8 *data, bool bound);
bool umbra_memory_copy(struct umbra_carrier *carrier, const struct umbra_memory_copy *payload);
bool umbra_memory_ask(struct umbra_carrier *carrier, u64 address, u8 size, u8 step, u32 count,
		      u8 *data);
/*
 * A nested page fault that KVM holds to be L1's. operand: what faulted is an
 * instruction's access, and not the processor's own to tables or a stack.
 */
enum umbra_verdict umbra_memory_exit(struct umbra_carrier *carrier, u64 address, bool write,
				     bool operand);

/* ---------------------------------------------------------- ultracall.c */

static inline bool umbra_is_ultracall(const struct kvm_vcpu *vcpu)
{
	return (u32)vcpu->arch.regs[VCPU_REGS_RAX] == UMBRA_ULTRACALL_MAGIC;
}

bool umbra_ultracall(struct umbra_carrier *carrier, u8 origin, u8 privilege);
/* A tenant's call by registers through a port; results as above. */
bool umbra_register_call(struct umbra_carrier *carrier, u16 port, u8 privilege);

/* ---------------------------------------------------------- interrupt.c */

void umbra_interrupt_reset(struct umbra_tenant *tenant);
void umbra_interrupt_line(struct umbra_tenant *tenant, u8 irq, bool level);
/* The interrupt due for this vCPU: its number, and *vector; -1: none. */
int umbra_interrupt_due(struct umbra_tenant_vcpu *vcpu, u8 *vector);
void umbra_interrupt_delivered(struct umbra_tenant *tenant, u8 irq, bool by_l1);
void umbra_interrupt_left(struct umbra_carrier *carrier, bool halted);
void umbra_interrupt_pic_write(struct umbra_tenant *tenant, u16 port, u8 value);
void umbra_interrupt_ioapic_write(struct umbra_tenant *tenant, u64 offset, u32 value);

/* --------------------------------------------------------------- vcpu.c */

/* The carrier's thread, in the tenant: what the processor is about to go on with, or had at the exit. */
void umbra_vcpu_capture(struct umbra_carrier *carrier);
/* The carrier's thread, in L1, which has its own registers loaded and is about to go on. */
void umbra_vcpu_capture_own(struct umbra_carrier *carrier);
/* Fill a frame; umbra.registry held. */
void umbra_vcpu_tell_own(const struct umbra_carrier *carrier, struct umbra_vcpu_registers *payload);
void umbra_vcpu_tell(const struct umbra_tenant_vcpu *vcpu, struct umbra_vcpu_registers *payload);

/* -------------------------------------------------------------- pause.c */

/* Why a VM is held. It is until no bit is left. */
enum umbra_pause_kind {
	UMBRA_PAUSE_LASTING	= 1 << 0,	/* until RESUME */
	UMBRA_PAUSE_MOMENT	= 1 << 1,	/* with a bound */
};

void umbra_pause(struct umbra_tenant *tenant);
void umbra_resume(struct umbra_tenant *tenant);
/* 0, or the positive errno for REJECTED. */
int umbra_pause_moment(struct umbra_tenant *tenant, u64 sequence, u32 bound);
int umbra_resume_moment(struct umbra_tenant *tenant, u64 sequence);
/* The service is gone, and with it the moments it asked for. */
void umbra_pause_forsaken(void);
/* A vCPU of the VM is held, or back with L1. */
void umbra_pause_progress(struct umbra_tenant *tenant);
bool umbra_must_hold(const struct umbra_carrier *carrier);
/* L1 asks for an entry: what is known of the vCPU that was inside ends. */
static inline void umbra_entry_begins(struct umbra_carrier *carrier)
{
	WRITE_ONCE(carrier->inside, false);
	WRITE_ONCE(carrier->interrupted, false);
}
void umbra_interrupted(struct umbra_carrier *carrier);
bool umbra_may_run(struct umbra_carrier *carrier);
void umbra_hold(struct umbra_carrier *carrier);
void umbra_refuse_entry(struct kvm_vcpu *vcpu);
void umbra_pause_exit(void);

/* The carrier went from its tenant VM to L1. */
static inline void umbra_left(struct umbra_carrier *carrier, bool halted)
{
	umbra_interrupt_left(carrier, halted);
	umbra_pause_progress(carrier->current_vcpu->tenant);
}

/* ------------------------------------------------------------ control.c */

int umbra_control_init(void);
void umbra_control_exit(void);
/* A frame outside any stream; dropped when the service does not read, alarms counted. */
void umbra_device_control(u16 type, u64 sequence, u64 tenant_vm, u32 cloud_vm,
			  const void *payload, size_t length);
/* umbra.registry held. */
void umbra_alarm(struct umbra_cloud *cloud, u64 tenant_vm, u32 kind, u64 other_tenant_vm,
		 u64 evidence0, u64 evidence1);
void umbra_control_keep_alarms(void);
size_t umbra_control_fill(u8 *bytes, u16 type, u64 sequence, u64 tenant_vm, u32 cloud_vm,
			  const void *payload, size_t length);
/* Whole frames into the buffer; *more: some did not fit. */
size_t umbra_control_read(u8 *buffer, size_t room, bool *more);

/* --------------------------------------------- device.c and command.c */

int umbra_device_init(void);
int umbra_device_publish(void);
void umbra_device_exit(void);
/* There is something to read. wake: now; otherwise within a timer tick. */
void umbra_device_notify(bool wake);
/* 0, or the positive errno for REJECTED. */
int umbra_command(const struct umbra_frame_header *header, const u8 *payload, size_t length);

/* ------------------------------------------------------------- report.c */

/* Fills the buffer with whole frames; *more: some did not fit. */
size_t umbra_report(u8 *buffer, size_t room, bool *more);
void umbra_report_all(void);
/* Forgets VMs that are gone, once the service knows or when there is none. */
void umbra_reap(bool unreported);

/* ------------------------------------------- the vendor's half: svm.c, vmx.c */

struct umbra_backend {
	u32 vendor;
	int (*install)(void);
	void (*remove)(void);
	void (*set_instruction_pointer)(struct kvm_vcpu *vcpu, u64 value);
	/* Where its instruction is and how it is to be read; makes all registers current. */
	void (*describe)(struct kvm_vcpu *vcpu, struct umbra_machine *machine);
	/* The nested page fault about to be injected is at this address, not that of the exit. */
	void (*retarget_fault)(struct kvm_vcpu *vcpu, u64 address);
	/* The registers of the tenant in force, on the thread of the vCPU. */
	void (*capture)(struct umbra_carrier *carrier, struct umbra_vcpu_registers *registers);
};

extern const struct umbra_backend umbra_svm;
extern const struct umbra_backend umbra_vmx;

/* --------------------------------------------------------------- main.c */

struct umbra_state {
	struct mutex registry;
	const struct umbra_backend *backend;
	uuid_t instance;
	bool unloading;
	bool attached;			/* a service is */
	atomic64_t counters[UMBRA_COUNTER_COUNT];	/* of the module itself */
	struct list_head clouds;
};

extern struct umbra_state umbra;

static inline void umbra_count(enum umbra_counter counter)
{
	atomic64_inc(&umbra.counters[counter]);
}

extern ushort umbra_default_claim_base;
extern ushort umbra_default_claim_count;

#endif
