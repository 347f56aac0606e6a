/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR Apache-2.0 */
/*
 * The ultracall contract: every message between the cloud hypervisor's kernel
 * module (L0) and the services that emulate a tenant's devices, and the
 * register convention by which a virtual machine asks for a service itself.
 *
 * This file is the single source of the wire format. The Java codecs are
 * checked against the compiled header by a test, field by field.
 *
 * All integers are little-endian. A frame is a header followed by a payload
 * whose layout its type gives; header.length counts both and is a multiple of
 * eight. Reserved fields are sent as zero and refused when they are not.
 *
 * docs/protocol.md describes the conversation that these messages make up.
 */
#ifndef UMBRA_ULTRACALL_H
#define UMBRA_ULTRACALL_H

#include <linux/types.h>

#define UMBRA_PROTOCOL_MAJOR 1
#define UMBRA_PROTOCOL_MINOR 3

/* Longest frame in either direction, header included, in bytes. */
#define UMBRA_FRAME_MAXIMUM 512
/* Longest run of port or memory data in one frame, in bytes. */
#define UMBRA_PORT_DATA_MAXIMUM 256

/* Device node the module creates. */
#define UMBRA_DEVICE_NAME "umbra"

/*
 * Every frame begins with this header.
 *
 * A tenant VM's frames PORT_WRITE, PORT_READ, PORT_OBSERVED, MEMORY_WRITE,
 * MEMORY_READ, MEMORY_COPY and ULTRACALL make one ordered stream:
 * header.sequence counts up by one from 1. They are kept until the
 * service acknowledges or answers them and sent again to a service that
 * attaches later, with the same sequence. Other frames carry sequence zero,
 * except for commands of the service, which choose any value and find it in
 * REJECTED when the command was refused.
 */
struct umbra_frame_header {
	__le32 length;		/* bytes, header included */
	__le16 type;		/* enum umbra_frame_type */
	__le16 flags;		/* reserved */
	__le64 sequence;
	__le64 tenant_vm;	/* never used twice by one L0 instance; 0: none */
	__le32 cloud_vm;	/* likewise; 0: none */
	__le32 vcpu;		/* index within the tenant VM, from 0 */
};

enum umbra_frame_type {
	/* L0 to service */
	UMBRA_FRAME_HELLO		= 0x0001,
	UMBRA_FRAME_CLOUD_VM		= 0x0002,
	UMBRA_FRAME_TENANT_VM		= 0x0003,
	UMBRA_FRAME_VCPU		= 0x0004,
	UMBRA_FRAME_ALARM		= 0x0005,
	UMBRA_FRAME_PORT_WRITE		= 0x0006,
	UMBRA_FRAME_PORT_READ		= 0x0007,
	UMBRA_FRAME_ULTRACALL		= 0x0008,
	UMBRA_FRAME_NUDGE		= 0x0009,
	UMBRA_FRAME_COUNTERS		= 0x000a,
	UMBRA_FRAME_REJECTED		= 0x000b,
	UMBRA_FRAME_PORT_OBSERVED	= 0x000c,
	UMBRA_FRAME_MEMORY_WRITE	= 0x000d,
	UMBRA_FRAME_MEMORY_READ		= 0x000e,
	UMBRA_FRAME_MEMORY_EXTENT	= 0x000f,
	UMBRA_FRAME_MEMORY_COPY		= 0x0010,
	UMBRA_FRAME_VCPU_REGISTERS	= 0x0011,
	UMBRA_FRAME_PAUSED		= 0x0012,

	/* service to L0 */
	UMBRA_FRAME_ATTACH		= 0x0101,
	UMBRA_FRAME_PORT_READ_REPLY	= 0x0102,
	UMBRA_FRAME_ULTRACALL_REPLY	= 0x0103,
	UMBRA_FRAME_ACKNOWLEDGE		= 0x0104,
	UMBRA_FRAME_CLAIM_PORTS		= 0x0105,
	UMBRA_FRAME_INTERRUPT_LINE	= 0x0106,
	UMBRA_FRAME_LATCH		= 0x0107,
	UMBRA_FRAME_PAUSE		= 0x0108,
	UMBRA_FRAME_RESUME		= 0x0109,
	UMBRA_FRAME_READ_COUNTERS	= 0x010a,
	UMBRA_FRAME_MEMORY_READ_REPLY	= 0x010b,
	UMBRA_FRAME_CLAIM_MEMORY	= 0x010c,
	UMBRA_FRAME_READ_MEMORY_LAYOUT	= 0x010d,
	UMBRA_FRAME_READ_VCPUS		= 0x010e,
};

/* ------------------------------------------------------- L0 to service */

enum umbra_vendor {
	UMBRA_VENDOR_SVM	= 1,
	UMBRA_VENDOR_VMX	= 2,
};

/* First frame after ATTACH; then every cloud VM, tenant VM and vCPU follows. */
struct umbra_hello {
	__le16 major;		/* the version both sides now speak */
	__le16 minor;
	__le32 vendor;		/* enum umbra_vendor */
	__u8 instance[16];	/* UUID of this load of the module: identities and sequences are its own */
	__le32 queue_frames;	/* unacknowledged frames a tenant VM may have before its vCPUs wait */
	__le32 maximum_frame;	/* UMBRA_FRAME_MAXIMUM of the module */
};

enum umbra_presence {
	UMBRA_PRESENT	= 1,
	UMBRA_GONE	= 2,
};

struct umbra_cloud_vm {
	__le32 presence;	/* enum umbra_presence */
	__le32 process_id;	/* of the hypervisor process in L0 */
};

/* By PAUSE without a bound, and held. */
#define UMBRA_TENANT_VM_PAUSED		(1u << 0)
/* A root or vCPU of this VM was also seen under another VM. */
#define UMBRA_TENANT_VM_DISPUTED	(1u << 1)
/* The table at nested_root has five levels, not four. */
#define UMBRA_TENANT_VM_FIVE_LEVELS	(1u << 2)

/* Sent at the first entry, on attach, and whenever a field changes. */
struct umbra_tenant_vm {
	__le32 presence;	/* enum umbra_presence */
	__le32 flags;		/* UMBRA_TENANT_VM_* */
	__le32 vcpus;
	__le32 resets;		/* times the boot processor started at the reset vector, beyond the first */
	__le64 acknowledged;	/* highest sequence acknowledged or answered */
	__le64 newest;		/* highest sequence given out */
	__le64 nested_root;	/* nCR3 or EPTP last entered, cloud physical; 0: another VM may still use it */
	__le64 root_changes;
};

struct umbra_vcpu {
	__le32 presence;
	__le32 apic_id;
	__le64 control_block;	/* VMCB12 or VMCS12, cloud physical */
	__le64 nested_root;
};

enum umbra_alarm_kind {
	/* A nested root in use by one VM was entered by a vCPU of another. */
	UMBRA_ALARM_ROOT_SHARED		= 1,
	/* A vCPU's control block changed hands without a processor reset. */
	UMBRA_ALARM_VCPU_MOVED		= 2,
	/* A vCPU or VM beyond what the module tracks; it is held. */
	UMBRA_ALARM_LIMIT		= 3,
	/* Alarms were dropped because the service did not read; evidence[0] counts them. */
	UMBRA_ALARM_OVERFLOW		= 4,
	/* A tenant's access to claimed memory that could not be carried out; it got #UD. */
	UMBRA_ALARM_UNDECODABLE		= 5,
};

struct umbra_alarm {
	__le32 kind;		/* enum umbra_alarm_kind */
	__le32 reserved;
	__le64 other_tenant_vm;
	__le64 evidence[2];	/* kind 1: root, control block; kind 2: control block, root; kind 5: address, code */
};

/* Posted. Successive writes of one vCPU to one port may share a frame. */
struct umbra_port_write {
	__le16 port;
	__u8 size;		/* 1, 2 or 4: bytes of one access */
	__u8 reserved;
	__le32 count;		/* accesses */
	__u8 data[];		/* count * size bytes, zero-padded to a multiple of eight */
};

/* The vCPU waits for PORT_READ_REPLY with the same sequence. */
struct umbra_port_read {
	__le16 port;
	__u8 size;
	__u8 reserved;
	__le32 count;		/* above 1 for string input */
};

enum umbra_direction {
	UMBRA_DIRECTION_WRITE	= 1,
	UMBRA_DIRECTION_READ	= 2,
};

/* Posted. An access that L1 served: what was written, or what L1 let the vCPU read. */
struct umbra_port_observed {
	__le16 port;
	__u8 size;
	__u8 direction;		/* enum umbra_direction */
	__le32 value;		/* bytes beyond size are zero */
};

/* Where the second access of a run goes. */
enum umbra_step {
	UMBRA_STEP_SAME		= 0,
	UMBRA_STEP_UP		= 1,	/* address + size */
	UMBRA_STEP_DOWN		= 0xff,	/* address - size */
};

/*
 * Posted. A store to claimed memory, or a run of them. Successive stores of one
 * vCPU to consecutive addresses may share a frame.
 */
struct umbra_memory_write {
	__le64 address;		/* of the first access, tenant physical */
	__u8 size;		/* 1, 2, 4 or 8: bytes of one access */
	__u8 step;		/* enum umbra_step */
	__le16 reserved;
	__le32 count;		/* accesses */
	__u8 data[];		/* count * size bytes, zero-padded to a multiple of eight */
};

/* The vCPU waits for MEMORY_READ_REPLY with the same sequence. */
struct umbra_memory_read {
	__le64 address;
	__u8 size;
	__u8 step;
	__le16 reserved;
	__le32 count;
};

/* Accesses of one MEMORY_COPY. */
#define UMBRA_COPY_MAXIMUM 4096

/* Posted. A load and a store, count times, both within claimed memory. */
struct umbra_memory_copy {
	__le64 source;		/* of the first load, tenant physical */
	__le64 destination;
	__u8 size;		/* 1, 2, 4 or 8: bytes of one access */
	__u8 step;		/* enum umbra_step, for both */
	__le16 reserved;
	__le32 count;
};

enum umbra_origin {
	UMBRA_ORIGIN_TENANT	= 1,
	UMBRA_ORIGIN_CLOUD	= 2,
	/* A tenant's IN EAX,DX from a port claimed for register calls. */
	UMBRA_ORIGIN_PORT	= 3,
};

/*
 * The caller waits for ULTRACALL_REPLY with the same sequence. With origin
 * CLOUD header.tenant_vm is zero and the sequence is one of the cloud VM's.
 * With origin PORT function is the port, arguments are EAX, EBX, ECX and EDX, and
 * results, of which the lower half counts, are what these hold afterwards.
 */
struct umbra_ultracall {
	__u8 origin;		/* enum umbra_origin */
	__u8 privilege;		/* CPL of the caller, 0 to 3 */
	__le16 reserved;
	__le32 function;	/* enum umbra_function, or anything hostile */
	__le64 arguments[4];
};

/*
 * An interrupt waits for a vCPU that is not running. The service may have the
 * pseudo device raise the line inside L1; without it the interrupt is injected
 * at the vCPU's next entry.
 */
struct umbra_nudge {
	__le32 irq;
	__le32 vector;
};

/* Index into umbra_counters.values. Counters never go down. */
enum umbra_counter {
	UMBRA_COUNTER_ENTRIES,			/* entries into the tenant VM by L1 */
	UMBRA_COUNTER_PORT_WRITES,		/* accesses claimed */
	UMBRA_COUNTER_PORT_READS,		/* answered by the service */
	UMBRA_COUNTER_PORT_READS_LATCHED,	/* answered from a latch */
	UMBRA_COUNTER_PORT_FAULTS,		/* string accesses that faulted */
	UMBRA_COUNTER_ULTRACALLS,
	UMBRA_COUNTER_QUEUE_FULL_WAITS,
	UMBRA_COUNTER_WITHDRAWN,		/* waits given up so that L1 could run; the instruction runs again */
	UMBRA_COUNTER_INTERRUPTS_RAISED,	/* rising edges of the line */
	UMBRA_COUNTER_INTERRUPTS_INJECTED,
	UMBRA_COUNTER_INTERRUPTS_BY_L1,		/* L1 delivered the same vector first */
	UMBRA_COUNTER_INTERRUPTS_LOWERED,	/* line fell before delivery */
	UMBRA_COUNTER_NUDGES,
	UMBRA_COUNTER_HALTS_CANCELLED,		/* HLT completed at once, an interrupt was due */
	UMBRA_COUNTER_PAUSED_ENTRIES,
	UMBRA_COUNTER_ALARMS,
	UMBRA_COUNTER_ALARMS_DROPPED,
	UMBRA_COUNTER_FRAMES_SENT,
	UMBRA_COUNTER_FRAMES_RESENT,
	UMBRA_COUNTER_FRAMES_RECEIVED,
	UMBRA_COUNTER_FRAMES_REJECTED,
	UMBRA_COUNTER_MEMORY_WRITES,		/* accesses to claimed memory */
	UMBRA_COUNTER_MEMORY_READS,		/* answered by the service */
	UMBRA_COUNTER_MEMORY_UNDECODABLE,	/* instructions refused with #UD */
	UMBRA_COUNTER_PORTS_OBSERVED,		/* accesses L1 served and the service was told of */
	UMBRA_COUNTER_OBSERVATIONS_LOST,	/* reads whose end was not seen */
	UMBRA_COUNTER_PAUSES,			/* with a bound, begun */
	UMBRA_COUNTER_PAUSES_EXPIRED,		/* ended by their bound or with their service */
	UMBRA_COUNTER_COUNT
};

/* Answer to READ_COUNTERS: of one tenant VM, or of the module when header.tenant_vm is 0. */
struct umbra_counters {
	__le32 count;		/* UMBRA_COUNTER_COUNT of the module */
	__le32 reserved;
	__le64 values[UMBRA_COUNTER_COUNT];
};

#define UMBRA_MEMORY_LAST	(1u << 0)	/* the answer ends here */
#define UMBRA_MEMORY_INCOMPLETE	(1u << 1)	/* with LAST: some memory was not there yet, or there were too many extents */

/*
 * A run of a cloud VM's memory and where it lies. READ_MEMORY_LAYOUT is answered
 * with at least one of these, in any order of addresses; one of length 0 says
 * that there is none. A later answer begins anew with index 0.
 */
struct umbra_memory_extent {
	__le64 cloud_physical;
	__le64 length;		/* bytes */
	__le64 offset;		/* in the address space asked for */
	__le64 inode;		/* of the file, with address space FILE */
	__le32 device;		/* of its file system, as stat gives it */
	__le32 index;		/* within the answer, from 0 */
	__le32 flags;		/* UMBRA_MEMORY_* */
	__le32 reserved;
};

enum umbra_vcpu_state {
	/* Not seen to stop since the module was loaded, or its control block serves another VM; all registers are zero. */
	UMBRA_VCPU_UNKNOWN	= 1,
	/* Entered: the registers are those of some exit before. */
	UMBRA_VCPU_RUNNING	= 2,
	/* L1 has it: the registers are those of its last exit, and L1 may change them before the next entry. */
	UMBRA_VCPU_STOPPED	= 3,
	/* Held between L1's entry and its first instruction: the registers are those it goes on with. */
	UMBRA_VCPU_HELD		= 4,
};

#define UMBRA_VCPUS_LAST	(1u << 0)	/* the answer ends here */

/*
 * READ_VCPUS is answered with one of these for each vCPU, in the order of header.vcpu and
 * with the sequence of the command. A command that comes before the last answer ended
 * begins it anew, which then answers both.
 *
 * When header.tenant_vm is 0, L1's own vCPUs are told, those that ever ran a tenant VM, in
 * the order in which they first did. header.vcpu is then the number that L1's hypervisor
 * process in L0 gave it, and the state UNKNOWN, or RUNNING with the registers with which it
 * last went on.
 */
struct umbra_vcpu_registers {
	__le32 state;		/* enum umbra_vcpu_state */
	__le32 flags;		/* UMBRA_VCPUS_* */
	__le64 cr0;
	__le64 cr3;
	__le64 cr4;
	__le64 efer;
	__le64 gdt_base;
	__le64 idt_base;
	__le32 idt_limit;
	__le32 privilege;	/* CPL, 0 to 3 */
	__le64 lstar;
	__le64 gs_base;
	__le64 kernel_gs_base;
	__le64 rip;
	__le64 rsp;
};

enum umbra_pause_state {
	/* No vCPU runs, and none will before the end. */
	UMBRA_PAUSE_HELD	= 1,
	/* RESUME ended it. */
	UMBRA_PAUSE_ENDED	= 2,
	/* Its bound did. */
	UMBRA_PAUSE_EXPIRED	= 3,
};

/* Answer to a PAUSE with a bound, and again at its end; with the sequence of the PAUSE. */
struct umbra_paused {
	__le32 state;		/* enum umbra_pause_state */
	__le32 reserved;
	__le64 settled;		/* nanoseconds from PAUSE until no vCPU ran; 0: it ended before */
	__le64 length;		/* nanoseconds from PAUSE to now, or to its end */
};

/* A frame of the service was refused and had no effect. */
struct umbra_rejected {
	__le16 type;		/* of the refused frame; its sequence is in the header */
	__le16 reserved;
	__le32 error;		/* positive errno value of Linux */
};

/* ------------------------------------------------------- service to L0 */

/* Must come first. Lowest and highest version the service speaks. */
struct umbra_attach {
	__le16 lowest_major;
	__le16 highest_major;
	__le32 reserved;
};

struct umbra_port_read_reply {
	__le32 length;		/* bytes of data: count * size of the request */
	__le32 reserved;
	__u8 data[];		/* zero-padded to a multiple of eight */
};

struct umbra_ultracall_reply {
	__le64 status;		/* enum umbra_status */
	__le64 results[4];
};

/* ACKNOWLEDGE has no payload: header.sequence and all before it were applied. */

enum umbra_claim {
	UMBRA_CLAIM_NONE		= 0,	/* L1 serves them */
	UMBRA_CLAIM_SERVED		= 1,	/* the service does */
	UMBRA_CLAIM_OBSERVED		= 2,	/* L1 does, and the service is told */
	UMBRA_CLAIM_REGISTER_CALL	= 3,	/* IN EAX,DX is an ULTRACALL of origin PORT */
};

struct umbra_claim_ports {
	__le16 base;
	__le16 count;
	__le32 claimed;		/* enum umbra_claim */
};

/* Memory of one tenant VM, in whole pages of 4096 bytes. Claims may overlap; the last one counts. */
struct umbra_claim_memory {
	__le64 base;		/* tenant physical */
	__le64 length;
	__le32 claimed;		/* 1: the service serves it, 0: L1 does */
	__le32 reserved;
};

/* Tenant physical addresses end here. */
#define UMBRA_MEMORY_END 0x10000000000000ull
/* Ranges of one tenant VM, after joining those that touch. */
#define UMBRA_MEMORY_CLAIMS 16

struct umbra_memory_read_reply {
	__le32 length;		/* bytes of data: count * size of the request */
	__le32 reserved;
	__u8 data[];		/* zero-padded to a multiple of eight */
};

struct umbra_interrupt_line {
	__le32 irq;		/* ISA interrupt, 0 to 15 */
	__le32 level;		/* 0 or 1; a rising edge is delivered once */
};

/*
 * Reading the port now has no side effect and gives this value. Good for as
 * long as no claimed access follows header.sequence, the newest the service
 * had applied.
 */
struct umbra_latch {
	__le16 port;
	__u8 valid;		/* 0 withdraws the latch */
	__u8 value;
	__le32 reserved;
};

/* In which the memory of a cloud VM is looked for. */
enum umbra_address_space {
	UMBRA_ADDRESS_SPACE_FILE	= 1,	/* offsets in the shared files behind the memory */
	UMBRA_ADDRESS_SPACE_HOST	= 2,	/* host physical; only memory in huge pages, which stays in place */
};

/* About the cloud VM of the header; answered with MEMORY_EXTENT. */
struct umbra_read_memory_layout {
	__le32 address_space;	/* enum umbra_address_space */
	__le32 reserved;
};

/* Longest bound of a pause, in milliseconds. */
#define UMBRA_PAUSE_MAXIMUM 60000

/*
 * PAUSE without payload lasts until RESUME without payload, whatever becomes of the
 * service, and is told by TENANT_VM. With this one it is a pause for a moment: answered
 * with PAUSED, and ended by RESUME, by its bound, or with its service, whichever is first;
 * its sequence, by which RESUME names it, is not zero.
 * A VM has one such pause at a time. The two kinds know nothing of each other: the VM
 * runs when there is neither.
 */
struct umbra_pause {
	__le32 bound;		/* milliseconds, 1 to UMBRA_PAUSE_MAXIMUM */
	__le32 reserved;
};

struct umbra_resume {
	__le64 pause;		/* sequence of the PAUSE to end */
};

/* READ_COUNTERS, READ_VCPUS: no payload. */

/* ------------------------------------------- ultracalls, by register */

/*
 * VMMCALL (AMD) or VMCALL (Intel), from any privilege level, with
 *   EAX = UMBRA_ULTRACALL_MAGIC, EBX = function,
 *   RCX, RDX, RSI, RDI = arguments;
 * returns RAX = status and RCX, RDX, RSI, RDI = results.
 * Without Umbra below, the guest hypervisor answers: RAX is then not one of
 * enum umbra_status.
 */
#define UMBRA_ULTRACALL_MAGIC 0x41424d55u	/* "UMBA" */

enum umbra_function {
	/* results: protocol major, minor, UMBRA_ULTRACALL_MAGIC, 0 */
	UMBRA_FUNCTION_VERSION		= 0,
	/* results: tenant VM, cloud VM, enum umbra_enrolment, 0 */
	UMBRA_FUNCTION_IDENTITY		= 1,
	/* argument 0: offset; results: 32 bytes of the VM's name, zero-padded */
	UMBRA_FUNCTION_NAME		= 2,
	/* argument 0: offset; results: 32 bytes naming who serves the VM */
	UMBRA_FUNCTION_SERVICE		= 3,
	/* arguments: the 256-bit secret, bytes in order; results: like IDENTITY */
	UMBRA_FUNCTION_ENROL		= 4,
	/* results: the arguments */
	UMBRA_FUNCTION_ECHO		= 5,
};

enum umbra_enrolment {
	UMBRA_UNCLAIMED	= 0,
	UMBRA_ENROLLED	= 1,
};

#define UMBRA_STATUS_BASE 0x554d425200000000ull	/* "UMBR" in the upper half */

enum umbra_status_code {
	UMBRA_STATUS_OK			= 0,
	UMBRA_STATUS_UNKNOWN_FUNCTION	= 1,
	UMBRA_STATUS_INVALID_ARGUMENT	= 2,
	/* Wrong, used or expired secret; deliberately not told apart. */
	UMBRA_STATUS_REFUSED		= 3,
	/* This VM is enrolled already. */
	UMBRA_STATUS_ALREADY_ENROLLED	= 4,
	/* Too many attempts; try later. */
	UMBRA_STATUS_RATE_LIMITED	= 5,
	UMBRA_STATUS_NOT_PERMITTED	= 6,
	UMBRA_STATUS_FAILED		= 7,
};

/* ------------------------------------------------- the relayed stream */

/*
 * Where the services reach the device through a byte stream (virtio-serial),
 * the service first sends this preamble with a nonce of its own. The relay
 * discards everything before it, opens the device anew and answers with the
 * same preamble; the service discards everything before that. Frames follow
 * in both directions.
 */
#define UMBRA_RELAY_MAGIC "UMBRA-RELAY-01\r\n"
#define UMBRA_RELAY_MAGIC_LENGTH 16

struct umbra_relay_preamble {
	__u8 magic[UMBRA_RELAY_MAGIC_LENGTH];
	__u8 nonce[16];
};

#endif
