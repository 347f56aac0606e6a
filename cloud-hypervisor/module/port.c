// SPDX-License-Identifier: GPL-2.0
/*
 * Port I/O of a tenant VM: what of it is claimed, and how it is served.
 *
 * OUT is posted: the frame is queued and the vCPU goes on; successive writes
 * of one vCPU to one port share a frame for as long as nobody has read it. IN
 * asks the service, unless the service has latched the port: said beforehand
 * what reading it gives, valid until the next claimed access.
 *
 * Of an observed port L1 serves the accesses. A write is told as it goes to L1;
 * a read when L1 enters the vCPU again behind the instruction, with what it has
 * put into the accumulator. A port for register calls makes an ultracall of IN.
 *
 * An access counts as the first of its ports that is claimed. String forms move at most
 * one frame of data per exit and leave the rest to the instruction's next run,
 * as real processors may do at any iteration.
 */
#include "umbra.h"

/* Bits are set before others are cleared: a claimed port is not L1's in between. */
void umbra_port_claim(struct umbra_tenant *tenant, u16 base, u32 count, enum umbra_claim claim)
{
	u32 port;

	for (port = base; port < min_t(u32, base + count, 65536); port++) {
		if (claim & 1)
			set_bit(port, tenant->port_claims_low);
		if (claim & 2)
			set_bit(port, tenant->port_claims_high);
		if (!(claim & 1))
			clear_bit(port, tenant->port_claims_low);
		if (!(claim & 2))
			clear_bit(port, tenant->port_claims_high);
	}
}

static enum umbra_claim umbra_port_claim_of(struct umbra_tenant *tenant, u16 port, u8 size)
{
	u8 i;

	for (i = 0; i < size; i++) {
		u16 each = port + i;
		enum umbra_claim claim = (test_bit(each, tenant->port_claims_low) ? 1 : 0) |
					 (test_bit(each, tenant->port_claims_high) ? 2 : 0);

		if (claim != UMBRA_CLAIM_NONE)
			return claim;
	}
	return UMBRA_CLAIM_NONE;
}

/* ------------------------------------------------------------------- OUT */

static bool umbra_port_append(struct umbra_stream *stream, struct umbra_tenant_vcpu *vcpu,
			      u16 port, u8 size, const u8 *data, u32 count)
{
	struct umbra_port_write *payload;
	struct umbra_frame_header *header;
	struct umbra_entry *last;
	u32 length = count * size;

	if (umbra_stream_unread(stream)) {
		last = &stream->entries[(stream->tail - 1) % UMBRA_STREAM_FRAMES];
		header = (struct umbra_frame_header *)last->frame;
		payload = (struct umbra_port_write *)(header + 1);
		if (!last->sequence && !last->finished &&
		    header->type == cpu_to_le16(UMBRA_FRAME_PORT_WRITE) &&
		    header->vcpu == cpu_to_le32(vcpu->index) &&
		    payload->port == cpu_to_le16(port) && payload->size == size &&
		    le32_to_cpu(payload->count) * size + length <= UMBRA_PORT_DATA_MAXIMUM) {
			memcpy(last->frame + last->length, data, length);
			last->length += length;
			le32_add_cpu(&payload->count, count);
			return true;
		}
	}

	last = umbra_stream_append(stream, UMBRA_FRAME_PORT_WRITE, vcpu->tenant->id,
				   vcpu->tenant->cloud->id, vcpu->index);
	if (!last)
		return false;
	payload = (struct umbra_port_write *)(last->frame + last->length);
	payload->port = cpu_to_le16(port);
	payload->size = size;
	payload->reserved = 0;
	payload->count = cpu_to_le32(count);
	memcpy(payload->data, data, length);
	last->length += sizeof(*payload) + length;
	return true;
}

/* Queues the data; false: gave up, the instruction is to run again. */
static bool umbra_port_write(struct umbra_carrier *carrier, u16 port, u8 size,
			     const u8 *data, u32 count)
{
	struct umbra_tenant_vcpu *vcpu = carrier->current_vcpu;
	struct umbra_stream *stream = &vcpu->tenant->stream;
	bool queued;

	if (!umbra_wait_for_room(carrier->vcpu, stream, false))
		return false;
	spin_lock(&stream->lock);
	queued = umbra_port_append(stream, vcpu, port, size, data, count);
	if (queued)
		stream->counters[UMBRA_COUNTER_PORT_WRITES] += count;
	spin_unlock(&stream->lock);
	if (queued)
		umbra_device_notify(stream->tail - stream->head > UMBRA_STREAM_FRAMES / 4);
	return queued;
}

/* -------------------------------------------------------------------- IN */

static bool umbra_port_latched(struct umbra_tenant *tenant, u16 port, u8 *value)
{
	struct umbra_stream *stream = &tenant->stream;
	bool found = false;
	int i;

	spin_lock(&stream->lock);
	for (i = 0; i < UMBRA_LATCHES && !umbra_stream_unread(stream); i++) {
		struct umbra_latch_slot *latch = &tenant->latches[i];

		if (latch->valid && latch->port == port && latch->sequence == stream->newest) {
			*value = latch->value;
			stream->counters[UMBRA_COUNTER_PORT_READS_LATCHED]++;
			found = true;
			break;
		}
	}
	spin_unlock(&stream->lock);
	return found;
}

static bool umbra_port_read(struct umbra_carrier *carrier, u16 port, u8 size,
			    u8 *data, u32 count)
{
	struct umbra_tenant_vcpu *vcpu = carrier->current_vcpu;
	struct umbra_stream *stream = &vcpu->tenant->stream;
	struct umbra_port_read payload = {
		.port = cpu_to_le16(port),
		.size = size,
		.count = cpu_to_le32(count),
	};
	struct umbra_question question = {
		.type = UMBRA_FRAME_PORT_READ,
		.tenant_vm = vcpu->tenant->id,
		.cloud_vm = vcpu->tenant->cloud->id,
		.vcpu = vcpu->index,
		.payload = &payload,
		.length = sizeof(payload),
		.reply_type = UMBRA_FRAME_PORT_READ_REPLY,
		.reply_length = count * size,
	};

	if (size == 1 && count == 1 && umbra_port_latched(vcpu->tenant, port, data))
		return true;
	if (!umbra_ask(carrier->vcpu, stream, &vcpu->request, &question))
		return false;
	memcpy(data, vcpu->request.data, count * size);
	spin_lock(&stream->lock);
	stream->counters[UMBRA_COUNTER_PORT_READS] += count;
	spin_unlock(&stream->lock);
	return true;
}

/* ---------------------------------------------------------- string forms */

static u64 umbra_size_mask(u8 bytes)
{
	return bytes == 8 ? ~0ull : (1ull << 8 * bytes) - 1;
}

static void umbra_register_merge(unsigned long *reg, u64 value, u8 address_size)
{
	if (address_size == 2)
		*reg = (*reg & ~0xfffful) | (value & 0xffff);
	else
		*reg = value & umbra_size_mask(address_size);
}

/* The tenant's own fault, for it or for L1 to resolve; the instruction runs again. */
static enum umbra_verdict umbra_string_fault(struct umbra_carrier *carrier,
					     union umbra_exception *exception)
{
	struct umbra_stream *stream = &carrier->current_vcpu->tenant->stream;

	spin_lock(&stream->lock);
	stream->counters[UMBRA_COUNTER_PORT_FAULTS]++;
	spin_unlock(&stream->lock);
	if (exception->vector == PF_VECTOR)
		kvm_inject_emulated_page_fault(carrier->vcpu, (struct x86_exception *)exception);
	else
		kvm_queue_exception_e(carrier->vcpu, GP_VECTOR, 0);
	return UMBRA_DONE;
}

static enum umbra_verdict umbra_port_string(struct umbra_carrier *carrier,
					    const struct umbra_port_access *access)
{
	struct kvm_vcpu *vcpu = carrier->vcpu;
	unsigned long *regs = vcpu->arch.regs;
	u64 mask = umbra_size_mask(access->address_size);
	int index = access->in ? VCPU_REGS_RDI : VCPU_REGS_RSI;
	u64 left = access->repeated ? regs[VCPU_REGS_RCX] & mask : 1;
	u64 offset = regs[index] & mask;
	u32 most = access->backwards ? 1 : UMBRA_PORT_DATA_MAXIMUM / access->size;
	union umbra_exception exception = {};
	u8 data[UMBRA_PORT_DATA_MAXIMUM];
	u64 address;
	u32 count;

	if (!left)
		goto finished;
	/* Not past the wrap of a 16- or 32-bit offset in one go. */
	count = min_t(u64, left, most);
	count = max_t(u64, min_t(u64, count, (mask - offset) / access->size), 1);
	address = access->segment_base + offset;
	if (access->address_size != 8)
		address &= 0xffffffffull;

	if (access->in) {
		/* Faults first: an answer may not be thrown away. */
		if (kvm_read_guest_virt(vcpu, address, data, count * access->size,
					(struct x86_exception *)&exception))
			return umbra_string_fault(carrier, &exception);
		if (!umbra_port_read(carrier, access->port, access->size, data, count))
			return UMBRA_DONE;
		if (kvm_write_guest_virt_system(vcpu, address, data, count * access->size,
						(struct x86_exception *)&exception))
			return umbra_string_fault(carrier, &exception);
	} else {
		if (kvm_read_guest_virt(vcpu, address, data, count * access->size,
					(struct x86_exception *)&exception))
			return umbra_string_fault(carrier, &exception);
		if (!umbra_port_write(carrier, access->port, access->size, data, count))
			return UMBRA_DONE;
	}

	offset += access->backwards ? -(u64)access->size : count * access->size;
	umbra_register_merge(&regs[index], offset, access->address_size);
	if (access->repeated) {
		left -= count;
		umbra_register_merge(&regs[VCPU_REGS_RCX], left, access->address_size);
		if (left)
			return UMBRA_DONE;
	}
finished:
	umbra.backend->set_instruction_pointer(vcpu, access->next_instruction);
	return UMBRA_DONE;
}

/* -------------------------------------------------------------- observed */

static bool umbra_port_tell(struct umbra_tenant_vcpu *vcpu, u16 port, u8 size, u8 direction,
			    u32 value)
{
	struct umbra_stream *stream = &vcpu->tenant->stream;
	struct umbra_port_observed *payload;
	struct umbra_entry *entry;

	spin_lock(&stream->lock);
	entry = umbra_stream_append(stream, UMBRA_FRAME_PORT_OBSERVED, vcpu->tenant->id,
				    vcpu->tenant->cloud->id, vcpu->index);
	if (entry) {
		payload = (struct umbra_port_observed *)(entry->frame + entry->length);
		payload->port = cpu_to_le16(port);
		payload->size = size;
		payload->direction = direction;
		payload->value = cpu_to_le32(value & umbra_size_mask(size));
		entry->length += sizeof(*payload);
		stream->counters[UMBRA_COUNTER_PORTS_OBSERVED]++;
	}
	spin_unlock(&stream->lock);
	/* What it tells may move claims: the sooner the better. */
	if (entry)
		umbra_device_notify(true);
	return entry;
}

static void umbra_observation_lost(struct umbra_tenant *tenant)
{
	spin_lock(&tenant->stream.lock);
	tenant->stream.counters[UMBRA_COUNTER_OBSERVATIONS_LOST]++;
	spin_unlock(&tenant->stream.lock);
}

/* DONE: gave up, the instruction is to run again. */
static enum umbra_verdict umbra_port_observe(struct umbra_carrier *carrier,
					     const struct umbra_port_access *access)
{
	struct umbra_tenant_vcpu *vcpu = carrier->current_vcpu;

	if (access->string) {
		umbra_observation_lost(vcpu->tenant);
		return UMBRA_PASS;
	}
	if (!umbra_wait_for_room(carrier->vcpu, &vcpu->tenant->stream, false))
		return UMBRA_DONE;
	if (!access->in)
		return umbra_port_tell(vcpu, access->port, access->size, UMBRA_DIRECTION_WRITE,
				       carrier->vcpu->arch.regs[VCPU_REGS_RAX]) ?
			UMBRA_PASS : UMBRA_DONE;
	vcpu->observation = (struct umbra_observation){
		.awaited = true,
		.port = access->port,
		.size = access->size,
		.next_instruction = access->next_instruction,
	};
	return UMBRA_PASS;
}

void umbra_port_entered(struct umbra_carrier *carrier, u64 instruction_pointer)
{
	struct umbra_tenant_vcpu *vcpu = carrier->current_vcpu;
	struct umbra_observation *observation = &vcpu->observation;

	if (likely(!observation->awaited))
		return;
	observation->awaited = false;
	if (instruction_pointer != observation->next_instruction ||
	    !umbra_port_tell(vcpu, observation->port, observation->size, UMBRA_DIRECTION_READ,
			     carrier->vcpu->arch.regs[VCPU_REGS_RAX]))
		umbra_observation_lost(vcpu->tenant);
}

/* ----------------------------------------------------------------- entry */

static void umbra_set_accumulator(struct kvm_vcpu *vcpu, u8 size, u32 value)
{
	unsigned long *accumulator = &vcpu->arch.regs[VCPU_REGS_RAX];
	u64 kept = size == 4 ? 0 : *accumulator & ~umbra_size_mask(size);

	*accumulator = kept | (value & umbra_size_mask(size));
}

static bool umbra_port_single(struct umbra_carrier *carrier,
			      const struct umbra_port_access *access)
{
	struct kvm_vcpu *vcpu = carrier->vcpu;
	__le32 data = 0;

	if (access->in) {
		if (!umbra_port_read(carrier, access->port, access->size, (u8 *)&data, 1))
			return false;
		umbra_set_accumulator(vcpu, access->size, le32_to_cpu(data));
		return true;
	}
	data = cpu_to_le32(vcpu->arch.regs[VCPU_REGS_RAX]);
	return umbra_port_write(carrier, access->port, access->size, (u8 *)&data, 1);
}

/* What is no call finds nothing there. */
static bool umbra_port_call(struct umbra_carrier *carrier, const struct umbra_port_access *access)
{
	if (access->in && !access->string && access->size == 4 &&
	    umbra_port_claim_of(umbra_tenant_of(carrier), access->port, 1) ==
	    UMBRA_CLAIM_REGISTER_CALL)
		return umbra_register_call(carrier, access->port, access->privilege);
	if (access->in && !access->string)
		umbra_set_accumulator(carrier->vcpu, access->size, ~0u);
	return true;
}

enum umbra_verdict umbra_port_access(struct umbra_carrier *carrier,
				     const struct umbra_port_access *access)
{
	struct umbra_tenant *tenant = umbra_tenant_of(carrier);
	bool done;

	switch (umbra_port_claim_of(tenant, access->port, access->size)) {
	case UMBRA_CLAIM_SERVED:
		if (access->string)
			return umbra_port_string(carrier, access);
		done = umbra_port_single(carrier, access);
		break;
	case UMBRA_CLAIM_REGISTER_CALL:
		done = umbra_port_call(carrier, access);
		break;
	case UMBRA_CLAIM_OBSERVED:
		return umbra_port_observe(carrier, access);
	default:
		if (!access->in && !access->string && access->size == 1)
			umbra_interrupt_pic_write(tenant, access->port,
						  carrier->vcpu->arch.regs[VCPU_REGS_RAX]);
		return UMBRA_PASS;
	}
	if (done)
		umbra.backend->set_instruction_pointer(carrier->vcpu, access->next_instruction);
	return UMBRA_DONE;
}
