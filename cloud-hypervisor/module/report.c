// SPDX-License-Identifier: GPL-2.0
/*
 * What the service reads: first what changed in the registry, then the frames
 * of every VM, each VM in turn so that a busy one cannot keep others waiting.
 *
 * Changes are flags, not messages: however late the service reads, it finds
 * the present state once, and nothing can overflow.
 */
#include <linux/ktime.h>
#include <linux/slab.h>

#include "umbra.h"

struct umbra_report_buffer {
	u8 *bytes;
	size_t used;
	size_t room;
	bool more;
};

static u32 umbra_turn;

static bool umbra_put_answer(struct umbra_report_buffer *buffer, u16 type, u64 sequence,
			     u64 tenant_vm, u32 cloud_vm, u32 vcpu, const void *payload,
			     size_t payload_length)
{
	struct umbra_frame_header header = {
		.length = cpu_to_le32(sizeof(header) + payload_length),
		.type = cpu_to_le16(type),
		.sequence = cpu_to_le64(sequence),
		.tenant_vm = cpu_to_le64(tenant_vm),
		.cloud_vm = cpu_to_le32(cloud_vm),
		.vcpu = cpu_to_le32(vcpu),
	};

	if (sizeof(header) + payload_length > buffer->room - buffer->used) {
		buffer->more = true;
		return false;
	}
	memcpy(buffer->bytes + buffer->used, &header, sizeof(header));
	memcpy(buffer->bytes + buffer->used + sizeof(header), payload, payload_length);
	buffer->used += sizeof(header) + payload_length;
	umbra_count(UMBRA_COUNTER_FRAMES_SENT);
	return true;
}

static bool umbra_put_frame(struct umbra_report_buffer *buffer, u16 type, u64 tenant_vm,
			    u32 cloud_vm, u32 vcpu, const void *payload, size_t payload_length)
{
	return umbra_put_answer(buffer, type, 0, tenant_vm, cloud_vm, vcpu, payload,
				payload_length);
}

static void umbra_report_cloud(struct umbra_report_buffer *buffer, struct umbra_cloud *cloud)
{
	struct umbra_cloud_vm payload = {
		.presence = cpu_to_le32(cloud->gone ? UMBRA_GONE : UMBRA_PRESENT),
		.process_id = cpu_to_le32(cloud->process),
	};

	if (cloud->changed && umbra_put_frame(buffer, UMBRA_FRAME_CLOUD_VM, 0, cloud->id, 0,
					      &payload, sizeof(payload)))
		cloud->changed = false;
}

static void umbra_report_layout(struct umbra_report_buffer *buffer, struct umbra_cloud *cloud)
{
	struct umbra_memory_extent payload;
	int frames = 0;

	while (umbra_layout_next(&cloud->layout, &payload)) {
		if (frames++ >= UMBRA_LAYOUT_FRAMES) {
			buffer->more = true;
			break;
		}
		if (!umbra_put_frame(buffer, UMBRA_FRAME_MEMORY_EXTENT, 0, cloud->id, 0, &payload,
				     sizeof(payload)))
			break;
		umbra_layout_advance(&cloud->layout);
	}
}

static void umbra_report_tenant(struct umbra_report_buffer *buffer, struct umbra_tenant *tenant)
{
	struct umbra_tenant_vm payload = {
		.presence = cpu_to_le32(tenant->gone ? UMBRA_GONE : UMBRA_PRESENT),
		.flags = cpu_to_le32((tenant->pause_reported ? UMBRA_TENANT_VM_PAUSED : 0) |
				     (tenant->disputed ? UMBRA_TENANT_VM_DISPUTED : 0) |
				     (tenant->five_levels ? UMBRA_TENANT_VM_FIVE_LEVELS : 0)),
		.vcpus = cpu_to_le32(tenant->vcpu_count),
		.resets = cpu_to_le32(tenant->resets),
		.acknowledged = cpu_to_le64(tenant->stream.acknowledged),
		.newest = cpu_to_le64(tenant->stream.newest),
		.nested_root = cpu_to_le64(tenant->root_withheld ? 0 : tenant->nested_root),
		.root_changes = cpu_to_le64(tenant->root_changes),
	};

	if (tenant->changed && umbra_put_frame(buffer, UMBRA_FRAME_TENANT_VM, tenant->id,
					       tenant->cloud->id, 0, &payload, sizeof(payload)))
		tenant->changed = false;
}

static void umbra_report_vcpu(struct umbra_report_buffer *buffer, struct umbra_tenant_vcpu *vcpu)
{
	struct umbra_vcpu payload = {
		.presence = cpu_to_le32(vcpu->lost ? UMBRA_GONE : UMBRA_PRESENT),
		.apic_id = cpu_to_le32(vcpu->apic_id),
		.control_block = cpu_to_le64(vcpu->control_block),
		.nested_root = cpu_to_le64(vcpu->nested_root),
	};

	if (vcpu->changed && umbra_put_frame(buffer, UMBRA_FRAME_VCPU, vcpu->tenant->id,
					     vcpu->tenant->cloud->id, vcpu->index, &payload,
					     sizeof(payload)))
		vcpu->changed = false;
}

/* The answer to READ_VCPUS. vCPUs are only ever added, so there is a last one. */
static void umbra_report_registers(struct umbra_report_buffer *buffer,
				   struct umbra_tenant *tenant)
{
	struct umbra_vcpu_registers payload;

	while (tenant->vcpus_reading.asked) {
		u32 index = tenant->vcpus_reading.told;
		bool last = index + 1 >= tenant->vcpu_count;

		umbra_vcpu_tell(tenant->vcpus[index], &payload);
		payload.flags = cpu_to_le32(last ? UMBRA_VCPUS_LAST : 0);
		if (!umbra_put_answer(buffer, UMBRA_FRAME_VCPU_REGISTERS,
				      tenant->vcpus_reading.command, tenant->id, tenant->cloud->id,
				      index, &payload, sizeof(payload)))
			break;
		tenant->vcpus_reading.told++;
		tenant->vcpus_reading.asked = !last;
	}
}

/* The same for L1's own vCPUs, which are only ever added, too. */
static void umbra_report_own_registers(struct umbra_report_buffer *buffer,
				       struct umbra_cloud *cloud)
{
	struct umbra_vcpus_reading *reading = &cloud->vcpus_reading;
	struct umbra_vcpu_registers payload;
	struct umbra_carrier *carrier;
	u32 index = 0;

	if (!reading->asked)
		return;
	list_for_each_entry(carrier, &cloud->carriers, link) {
		bool last = list_is_last(&carrier->link, &cloud->carriers);

		if (index++ < reading->told)
			continue;
		umbra_vcpu_tell_own(carrier, &payload);
		payload.flags = cpu_to_le32(last ? UMBRA_VCPUS_LAST : 0);
		if (!umbra_put_answer(buffer, UMBRA_FRAME_VCPU_REGISTERS, reading->command, 0,
				      cloud->id, carrier->vcpu->vcpu_id, &payload,
				      sizeof(payload)))
			break;
		reading->told++;
		reading->asked = !last;
	}
}

static void umbra_report_moment(struct umbra_report_buffer *buffer, struct umbra_tenant *tenant)
{
	struct umbra_paused payload;

	if (umbra_moment_tell(&tenant->moment, ktime_get_ns(), &payload) &&
	    umbra_put_answer(buffer, UMBRA_FRAME_PAUSED, tenant->moment.sequence, tenant->id,
			     tenant->cloud->id, 0, &payload, sizeof(payload)))
		tenant->moment.unread = false;
}

static void umbra_report_nudges(struct umbra_report_buffer *buffer, struct umbra_tenant *tenant)
{
	unsigned long nudges = xchg(&tenant->nudges, 0);
	struct umbra_nudge payload = {};
	u8 irq;

	for (irq = 0; irq < UMBRA_ISA_IRQS; irq++) {
		if (!(nudges & 1 << irq) || !(READ_ONCE(tenant->pending) & 1 << irq))
			continue;
		payload.irq = cpu_to_le32(irq);
		if (!umbra_put_frame(buffer, UMBRA_FRAME_NUDGE, tenant->id, tenant->cloud->id, 0,
				     &payload, sizeof(payload))) {
			set_bit(irq, &tenant->nudges);
			continue;
		}
		spin_lock(&tenant->stream.lock);
		tenant->stream.counters[UMBRA_COUNTER_NUDGES]++;
		spin_unlock(&tenant->stream.lock);
	}
}

static void umbra_report_stream(struct umbra_report_buffer *buffer, struct umbra_stream *stream)
{
	if (!umbra_stream_unread(stream))
		return;
	spin_lock(&stream->lock);
	buffer->used += umbra_stream_read(stream, buffer->bytes + buffer->used,
					  buffer->room - buffer->used);
	spin_unlock(&stream->lock);
	if (umbra_stream_unread(stream))
		buffer->more = true;
}

size_t umbra_report(u8 *bytes, size_t room, bool *more)
{
	struct umbra_report_buffer buffer = { .bytes = bytes, .room = room };
	struct umbra_cloud *cloud;
	struct umbra_tenant *tenant;
	u32 count = 0, turn, i;

	mutex_lock(&umbra.registry);
	list_for_each_entry(cloud, &umbra.clouds, link) {
		umbra_report_cloud(&buffer, cloud);
		umbra_report_layout(&buffer, cloud);
		umbra_report_own_registers(&buffer, cloud);
		umbra_report_stream(&buffer, &cloud->stream);
		list_for_each_entry(tenant, &cloud->tenants, link) {
			umbra_report_tenant(&buffer, tenant);
			for (i = 0; i < tenant->vcpu_count && !tenant->gone; i++)
				umbra_report_vcpu(&buffer, tenant->vcpus[i]);
			if (!tenant->gone) {
				umbra_report_moment(&buffer, tenant);
				umbra_report_registers(&buffer, tenant);
			}
			umbra_report_nudges(&buffer, tenant);
			count++;
		}
	}
	/* Two rounds: from this turn's VM to the last, then from the first. */
	turn = count ? umbra_turn++ % count : 0;
	for (count *= 2, i = 0; i < count;) {
		list_for_each_entry(cloud, &umbra.clouds, link)
			list_for_each_entry(tenant, &cloud->tenants, link) {
				if (i >= turn && i < turn + count / 2 && !tenant->changed)
					umbra_report_stream(&buffer, &tenant->stream);
				i++;
			}
	}
	umbra_reap(false);
	mutex_unlock(&umbra.registry);
	*more = buffer.more;
	return buffer.used;
}

/* A service attached: it knows nothing yet, and what its predecessor left is unread. */
void umbra_report_all(void)
{
	struct umbra_cloud *cloud;
	struct umbra_tenant *tenant;
	u32 i;

	lockdep_assert_held(&umbra.registry);
	umbra_reap(true);
	list_for_each_entry(cloud, &umbra.clouds, link) {
		cloud->changed = true;
		umbra_layout_free(&cloud->layout);
		cloud->vcpus_reading.asked = false;
		spin_lock(&cloud->stream.lock);
		umbra_stream_rewind(&cloud->stream);
		spin_unlock(&cloud->stream.lock);
		list_for_each_entry(tenant, &cloud->tenants, link) {
			tenant->changed = true;
			tenant->vcpus_reading.asked = false;
			for (i = 0; i < tenant->vcpu_count; i++)
				tenant->vcpus[i]->changed = !tenant->vcpus[i]->lost;
			spin_lock(&tenant->stream.lock);
			umbra_stream_rewind(&tenant->stream);
			memset(tenant->latches, 0, sizeof(tenant->latches));
			spin_unlock(&tenant->stream.lock);
		}
	}
}

void umbra_reap(bool unreported)
{
	struct umbra_cloud *cloud, *next_cloud;
	struct umbra_tenant *tenant, *next;

	lockdep_assert_held(&umbra.registry);
	list_for_each_entry_safe(cloud, next_cloud, &umbra.clouds, link) {
		list_for_each_entry_safe(tenant, next, &cloud->tenants, link)
			if (tenant->gone && (unreported || !tenant->changed)) {
				list_del(&tenant->link);
				cloud->tenant_count--;
				umbra_tenant_put(tenant);
			}
		if (cloud->gone && list_empty(&cloud->tenants) &&
		    (unreported || !cloud->changed)) {
			list_del(&cloud->link);
			umbra_cloud_put(cloud);
		}
	}
}
