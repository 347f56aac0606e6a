// SPDX-License-Identifier: GPL-2.0
/*
 * The frames of the service. It is trusted with the tenants' devices, but not
 * to be free of errors: every length, range and reserved field is checked, and
 * a frame that fails has no effect.
 */
#include "umbra.h"

/* PORT_READ_REPLY and MEMORY_READ_REPLY have one layout. */
static int umbra_command_read_reply(const struct umbra_frame_header *header,
				    struct umbra_stream *stream, const u8 *payload, size_t length)
{
	const struct umbra_port_read_reply *reply = (const void *)payload;
	u32 data;

	if (length < sizeof(*reply) || reply->reserved)
		return EINVAL;
	data = le32_to_cpu(reply->length);
	if (!data || data > UMBRA_PORT_DATA_MAXIMUM || length != sizeof(*reply) + ALIGN(data, 8))
		return EINVAL;
	return umbra_answer(stream, le64_to_cpu(header->sequence), le16_to_cpu(header->type),
			    reply->data, data);
}

static int umbra_command_ultracall_reply(const struct umbra_frame_header *header,
					 struct umbra_stream *stream, const u8 *payload,
					 size_t length)
{
	if (length != sizeof(struct umbra_ultracall_reply))
		return EINVAL;
	return umbra_answer(stream, le64_to_cpu(header->sequence), UMBRA_FRAME_ULTRACALL_REPLY,
			    payload, length);
}

/* vCPUs of the VM may be waiting for room in its stream. */
static void umbra_wake_for_room(struct umbra_cloud *cloud)
{
	struct umbra_carrier *carrier;

	list_for_each_entry(carrier, &cloud->carriers, link)
		kvm_vcpu_wake_up(carrier->vcpu);
}

static int umbra_command_acknowledge(const struct umbra_frame_header *header,
				     struct umbra_stream *stream, size_t length)
{
	u64 sequence = le64_to_cpu(header->sequence);
	int error = 0;

	if (length)
		return EINVAL;
	spin_lock(&stream->lock);
	if (sequence > stream->newest)
		error = ERANGE;
	else
		umbra_stream_acknowledge(stream, sequence);
	spin_unlock(&stream->lock);
	return error;
}

static int umbra_command_claim(struct umbra_tenant *tenant, const u8 *payload, size_t length)
{
	const struct umbra_claim_ports *claim = (const void *)payload;
	u32 base, count, claimed;

	if (length != sizeof(*claim))
		return EINVAL;
	base = le16_to_cpu(claim->base);
	count = le16_to_cpu(claim->count);
	claimed = le32_to_cpu(claim->claimed);
	if (!count || base + count > 65536 || claimed > UMBRA_CLAIM_REGISTER_CALL)
		return ERANGE;
	umbra_port_claim(tenant, base, count, claimed);
	return 0;
}

static int umbra_command_claim_memory(struct umbra_tenant *tenant, const u8 *payload,
				      size_t length)
{
	const struct umbra_claim_memory *claim = (const void *)payload;
	u64 base, bytes;

	if (length != sizeof(*claim) || claim->reserved)
		return EINVAL;
	base = le64_to_cpu(claim->base);
	bytes = le64_to_cpu(claim->length);
	if (!bytes || (base | bytes) & ~PAGE_MASK || base >= UMBRA_MEMORY_END ||
	    bytes > UMBRA_MEMORY_END - base || le32_to_cpu(claim->claimed) > 1)
		return ERANGE;
	return umbra_memory_claim(tenant, base, bytes, le32_to_cpu(claim->claimed));
}

static int umbra_command_line(struct umbra_tenant *tenant, const u8 *payload, size_t length)
{
	const struct umbra_interrupt_line *line = (const void *)payload;

	if (length != sizeof(*line))
		return EINVAL;
	if (le32_to_cpu(line->irq) >= UMBRA_ISA_IRQS || le32_to_cpu(line->level) > 1)
		return ERANGE;
	umbra_interrupt_line(tenant, le32_to_cpu(line->irq), le32_to_cpu(line->level));
	return 0;
}

static int umbra_command_latch(const struct umbra_frame_header *header,
			       struct umbra_tenant *tenant, const u8 *payload, size_t length)
{
	const struct umbra_latch *latch = (const void *)payload;
	struct umbra_latch_slot *slot, *room = NULL;
	u16 port;
	int i;

	if (length != sizeof(*latch) || latch->reserved)
		return EINVAL;
	if (latch->valid > 1)
		return ERANGE;
	port = le16_to_cpu(latch->port);
	spin_lock(&tenant->stream.lock);
	for (i = 0; i < UMBRA_LATCHES; i++) {
		slot = &tenant->latches[i];
		if (slot->valid && slot->port == port) {
			room = slot;
			break;
		}
		if (!slot->valid && !room)
			room = slot;
	}
	if (room) {
		room->port = port;
		room->valid = latch->valid;
		room->value = latch->value;
		room->sequence = le64_to_cpu(header->sequence);
	}
	spin_unlock(&tenant->stream.lock);
	return room || !latch->valid ? 0 : ENOSPC;
}

/* Of one VM, or of the module when there is no stream. */
static int umbra_command_counters(const struct umbra_frame_header *header,
				  struct umbra_stream *stream, size_t length)
{
	struct umbra_counters payload = { .count = cpu_to_le32(UMBRA_COUNTER_COUNT) };
	u64 values[UMBRA_COUNTER_COUNT];
	int i;

	if (length)
		return EINVAL;
	if (stream) {
		spin_lock(&stream->lock);
		memcpy(values, stream->counters, sizeof(values));
		spin_unlock(&stream->lock);
	} else {
		for (i = 0; i < UMBRA_COUNTER_COUNT; i++)
			values[i] = atomic64_read(&umbra.counters[i]);
	}
	for (i = 0; i < UMBRA_COUNTER_COUNT; i++)
		payload.values[i] = cpu_to_le64(values[i]);
	umbra_device_control(UMBRA_FRAME_COUNTERS, le64_to_cpu(header->sequence),
			     le64_to_cpu(header->tenant_vm), le32_to_cpu(header->cloud_vm),
			     &payload, sizeof(payload));
	return 0;
}

/* Without payload it lasts. */
static int umbra_command_pause(const struct umbra_frame_header *header,
			       struct umbra_tenant *tenant, const u8 *payload, size_t length)
{
	const struct umbra_pause *pause = (const void *)payload;
	u32 bound;

	if (!length) {
		umbra_pause(tenant);
		return 0;
	}
	if (length != sizeof(*pause) || pause->reserved)
		return EINVAL;
	bound = le32_to_cpu(pause->bound);
	if (!bound || bound > UMBRA_PAUSE_MAXIMUM || !header->sequence)
		return ERANGE;
	return umbra_pause_moment(tenant, le64_to_cpu(header->sequence), bound);
}

static int umbra_command_resume(struct umbra_tenant *tenant, const u8 *payload, size_t length)
{
	const struct umbra_resume *resume = (const void *)payload;

	if (!length) {
		umbra_resume(tenant);
		return 0;
	}
	if (length != sizeof(*resume))
		return EINVAL;
	if (!resume->pause)
		return ERANGE;
	return umbra_resume_moment(tenant, le64_to_cpu(resume->pause));
}

static int umbra_command_vcpus(const struct umbra_frame_header *header,
			       struct umbra_vcpus_reading *reading, bool some, size_t length)
{
	if (length)
		return EINVAL;
	if (!some)
		return EAGAIN;
	reading->asked = true;
	reading->command = le64_to_cpu(header->sequence);
	reading->told = 0;
	umbra_device_notify(true);
	return 0;
}

static int umbra_command_tenant(const struct umbra_frame_header *header,
				struct umbra_tenant *tenant, const u8 *payload, size_t length)
{
	switch (le16_to_cpu(header->type)) {
	case UMBRA_FRAME_PORT_READ_REPLY:
	case UMBRA_FRAME_MEMORY_READ_REPLY:
		return umbra_command_read_reply(header, &tenant->stream, payload, length);
	case UMBRA_FRAME_ULTRACALL_REPLY:
		return umbra_command_ultracall_reply(header, &tenant->stream, payload, length);
	case UMBRA_FRAME_ACKNOWLEDGE:
		return umbra_command_acknowledge(header, &tenant->stream, length);
	case UMBRA_FRAME_CLAIM_PORTS:
		return umbra_command_claim(tenant, payload, length);
	case UMBRA_FRAME_CLAIM_MEMORY:
		return umbra_command_claim_memory(tenant, payload, length);
	case UMBRA_FRAME_INTERRUPT_LINE:
		return umbra_command_line(tenant, payload, length);
	case UMBRA_FRAME_LATCH:
		return umbra_command_latch(header, tenant, payload, length);
	case UMBRA_FRAME_PAUSE:
		return umbra_command_pause(header, tenant, payload, length);
	case UMBRA_FRAME_RESUME:
		return umbra_command_resume(tenant, payload, length);
	case UMBRA_FRAME_READ_VCPUS:
		return umbra_command_vcpus(header, &tenant->vcpus_reading, tenant->vcpu_count,
					   length);
	case UMBRA_FRAME_READ_COUNTERS:
		return umbra_command_counters(header, &tenant->stream, length);
	default:
		return EOPNOTSUPP;
	}
}

static int umbra_command_layout(struct umbra_cloud *cloud, const u8 *payload, size_t length)
{
	const struct umbra_read_memory_layout *read = (const void *)payload;
	u32 address_space;
	int error;

	if (length != sizeof(*read) || read->reserved)
		return EINVAL;
	address_space = le32_to_cpu(read->address_space);
	if (address_space != UMBRA_ADDRESS_SPACE_FILE && address_space != UMBRA_ADDRESS_SPACE_HOST)
		return ERANGE;
	error = umbra_layout_read(cloud, address_space);
	if (!error)
		umbra_device_notify(true);
	return error;
}

static int umbra_command_cloud(const struct umbra_frame_header *header,
			       struct umbra_cloud *cloud, const u8 *payload, size_t length)
{
	switch (le16_to_cpu(header->type)) {
	case UMBRA_FRAME_ULTRACALL_REPLY:
		return umbra_command_ultracall_reply(header, &cloud->stream, payload, length);
	case UMBRA_FRAME_ACKNOWLEDGE:
		return umbra_command_acknowledge(header, &cloud->stream, length);
	case UMBRA_FRAME_READ_COUNTERS:
		return umbra_command_counters(header, &cloud->stream, length);
	case UMBRA_FRAME_READ_MEMORY_LAYOUT:
		return umbra_command_layout(cloud, payload, length);
	case UMBRA_FRAME_READ_VCPUS:
		return umbra_command_vcpus(header, &cloud->vcpus_reading,
					   !list_empty(&cloud->carriers), length);
	default:
		return EOPNOTSUPP;
	}
}

int umbra_command(const struct umbra_frame_header *header, const u8 *payload, size_t length)
{
	u64 tenant_vm = le64_to_cpu(header->tenant_vm);
	u32 cloud_vm = le32_to_cpu(header->cloud_vm);
	struct umbra_tenant *tenant;
	struct umbra_cloud *cloud;
	int error = ENOENT;
	bool was_full;

	mutex_lock(&umbra.registry);
	if (tenant_vm) {
		tenant = umbra_tenant_find(tenant_vm);
		if (tenant) {
			was_full = umbra_stream_full(&tenant->stream);
			error = umbra_command_tenant(header, tenant, payload, length);
			if (was_full && !umbra_stream_full(&tenant->stream))
				umbra_wake_for_room(tenant->cloud);
			umbra_tenant_put(tenant);
		}
	} else if (cloud_vm) {
		cloud = umbra_cloud_find(cloud_vm);
		if (cloud) {
			was_full = umbra_stream_full(&cloud->stream);
			error = umbra_command_cloud(header, cloud, payload, length);
			if (was_full && !umbra_stream_full(&cloud->stream))
				umbra_wake_for_room(cloud);
			umbra_cloud_put(cloud);
		}
	} else if (le16_to_cpu(header->type) == UMBRA_FRAME_READ_COUNTERS) {
		error = umbra_command_counters(header, NULL, length);
	} else {
		error = EOPNOTSUPP;
	}
	mutex_unlock(&umbra.registry);
	return error;
}
