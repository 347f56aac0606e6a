// SPDX-License-Identifier: GPL-2.0
/*
 * Which memory of a tenant VM is claimed, and its accesses as frames. Stores are
 * posted: those of one vCPU to consecutive addresses share a frame for as long as
 * nobody has read it. Loads ask the service.
 */
#include "umbra.h"

/* ----------------------------------------------------------------- claims */

static void umbra_claim_keep(struct umbra_memory_claim *claims, u32 *count, u64 base, u64 end)
{
	if (base < end)
		claims[(*count)++] = (struct umbra_memory_claim){ base, end };
}

/* Whole pages. 0, or the positive errno for REJECTED. */
int umbra_memory_claim(struct umbra_tenant *tenant, u64 base, u64 length, bool claimed)
{
	/* Every range may be cut in two, and one be added. */
	struct umbra_memory_claim claims[2 * UMBRA_MEMORY_CLAIMS + 1];
	u64 first = base, end = base + length;
	u32 count = 0, at, i;
	int error = 0;

	spin_lock(&tenant->stream.lock);
	for (i = 0; i < tenant->memory_claim_count; i++) {
		const struct umbra_memory_claim *old = &tenant->memory_claims[i];

		if (claimed && old->base <= end && old->end >= base) {
			first = min_t(u64, first, old->base);
			end = max_t(u64, end, old->end);
		} else {
			umbra_claim_keep(claims, &count, old->base, min_t(u64, old->end, base));
			umbra_claim_keep(claims, &count, max_t(u64, old->base, end), old->end);
		}
	}
	if (claimed) {
		for (at = count++; at && claims[at - 1].base > first; at--)
			claims[at] = claims[at - 1];
		claims[at] = (struct umbra_memory_claim){ first, end };
	}
	if (count > UMBRA_MEMORY_CLAIMS) {
		error = ENOSPC;
	} else {
		memcpy(tenant->memory_claims, claims, count * sizeof(*claims));
		WRITE_ONCE(tenant->memory_claim_count, count);
	}
	spin_unlock(&tenant->stream.lock);
	return error;
}

bool umbra_memory_is_claimed(struct umbra_tenant *tenant, u64 address)
{
	bool found = false;
	u32 i;

	if (!READ_ONCE(tenant->memory_claim_count))
		return false;
	spin_lock(&tenant->stream.lock);
	for (i = 0; i < tenant->memory_claim_count && !found; i++)
		found = address >= tenant->memory_claims[i].base &&
			address < tenant->memory_claims[i].end;
	spin_unlock(&tenant->stream.lock);
	return found;
}

/* --------------------------------------------------------- to the service */

/* Whether the run goes on where the frame's ends; *step is what it then has. */
static bool umbra_memory_follows(const struct umbra_memory_write *payload, u64 address, u8 size,
				 u32 count, u8 *step)
{
	u64 first = le64_to_cpu(payload->address);
	u32 there = le32_to_cpu(payload->count);
	u8 before = payload->step;

	if (payload->size != size || (there + count) * size > UMBRA_PORT_DATA_MAXIMUM)
		return false;
	if (there == 1)
		before = address == first + size ? UMBRA_STEP_UP :
			 address == first - size ? UMBRA_STEP_DOWN : UMBRA_STEP_SAME;
	if (count > 1 && *step != before)
		return false;
	*step = before;
	return address == first + (s64)(s8)before * there * size;
}

static bool umbra_memory_append(struct umbra_stream *stream, struct umbra_tenant_vcpu *vcpu,
				u64 address, u8 size, u8 step, const u8 *data, u32 count)
{
	struct umbra_memory_write *payload;
	struct umbra_frame_header *header;
	struct umbra_entry *last;

	if (umbra_stream_unread(stream)) {
		last = &stream->entries[(stream->tail - 1) % UMBRA_STREAM_FRAMES];
		header = (struct umbra_frame_header *)last->frame;
		payload = (struct umbra_memory_write *)(header + 1);
		if (!last->sequence && !last->finished &&
		    header->type == cpu_to_le16(UMBRA_FRAME_MEMORY_WRITE) &&
		    header->vcpu == cpu_to_le32(vcpu->index) &&
		    umbra_memory_follows(payload, address, size, count, &step)) {
			memcpy(last->frame + last->length, data, count * size);
			last->length += count * size;
			payload->step = step;
			le32_add_cpu(&payload->count, count);
			return true;
		}
	}

	last = umbra_stream_append(stream, UMBRA_FRAME_MEMORY_WRITE, vcpu->tenant->id,
				   vcpu->tenant->cloud->id, vcpu->index);
	if (!last)
		return false;
	payload = (struct umbra_memory_write *)(last->frame + last->length);
	payload->address = cpu_to_le64(address);
	payload->size = size;
	payload->step = count > 1 ? step : UMBRA_STEP_SAME;
	payload->reserved = 0;
	payload->count = cpu_to_le32(count);
	memcpy(payload->data, data, count * size);
	last->length += sizeof(*payload) + count * size;
	return true;
}

bool umbra_memory_post(struct umbra_carrier *carrier, u64 address, u8 size, u8 step, u32 count,
		       const u8 *data, bool bound)
{
	struct umbra_tenant_vcpu *vcpu = carrier->current_vcpu;
	struct umbra_stream *stream = &vcpu->tenant->stream;
	bool queued;

	do {
		if (!umbra_wait_for_room(carrier->vcpu, stream, bound))
			return false;
		spin_lock(&stream->lock);
		queued = umbra_memory_append(stream, vcpu, address, size, step, data, count);
		if (queued)
			stream->counters[UMBRA_COUNTER_MEMORY_WRITES] += count;
		spin_unlock(&stream->lock);
	} while (!queued && bound);
	if (queued)
		umbra_device_notify(stream->tail - stream->head > UMBRA_STREAM_FRAMES / 4);
	return queued;
}

static bool umbra_memory_append_copy(struct umbra_stream *stream, struct umbra_tenant_vcpu *vcpu,
				     const struct umbra_memory_copy *payload)
{
	struct umbra_entry *entry;

	entry = umbra_stream_append(stream, UMBRA_FRAME_MEMORY_COPY, vcpu->tenant->id,
				    vcpu->tenant->cloud->id, vcpu->index);
	if (!entry)
		return false;
	memcpy(entry->frame + entry->length, payload, sizeof(*payload));
	entry->length += sizeof(*payload);
	stream->counters[UMBRA_COUNTER_MEMORY_READS] += le32_to_cpu(payload->count);
	stream->counters[UMBRA_COUNTER_MEMORY_WRITES] += le32_to_cpu(payload->count);
	return true;
}

bool umbra_memory_copy(struct umbra_carrier *carrier, const struct umbra_memory_copy *payload)
{
	struct umbra_stream *stream = &carrier->current_vcpu->tenant->stream;
	bool queued;

	if (!umbra_wait_for_room(carrier->vcpu, stream, false))
		return false;
	spin_lock(&stream->lock);
	queued = umbra_memory_append_copy(stream, carrier->current_vcpu, payload);
	spin_unlock(&stream->lock);
	if (queued)
		umbra_device_notify(stream->tail - stream->head > UMBRA_STREAM_FRAMES / 4);
	return queued;
}

bool umbra_memory_ask(struct umbra_carrier *carrier, u64 address, u8 size, u8 step, u32 count,
		      u8 *data)
{
	struct umbra_tenant_vcpu *vcpu = carrier->current_vcpu;
	struct umbra_stream *stream = &vcpu->tenant->stream;
	struct umbra_memory_read payload = {
		.address = cpu_to_le64(address),
		.size = size,
		.step = count > 1 ? step : UMBRA_STEP_SAME,
		.count = cpu_to_le32(count),
	};
	struct umbra_question question = {
		.type = UMBRA_FRAME_MEMORY_READ,
		.tenant_vm = vcpu->tenant->id,
		.cloud_vm = vcpu->tenant->cloud->id,
		.vcpu = vcpu->index,
		.payload = &payload,
		.length = sizeof(payload),
		.reply_type = UMBRA_FRAME_MEMORY_READ_REPLY,
		.reply_length = count * size,
	};

	if (!umbra_ask(carrier->vcpu, stream, &vcpu->request, &question))
		return false;
	memcpy(data, vcpu->request.data, count * size);
	spin_lock(&stream->lock);
	stream->counters[UMBRA_COUNTER_MEMORY_READS] += count;
	spin_unlock(&stream->lock);
	return true;
}
