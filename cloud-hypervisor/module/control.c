// SPDX-License-Identifier: GPL-2.0
/*
 * Frames outside the streams: answers to the service, and alarms.
 *
 * Answers are for the service that asked and are dropped with it. Alarms outlive
 * a service that did not read them. Both share a ring of fixed size, of which
 * alarms leave some to answers; how many alarms found no room is told by one more
 * when there is room again.
 */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "umbra.h"

struct umbra_control_frame {
	u32 length;
	u8 bytes[UMBRA_FRAME_MAXIMUM] __aligned(8);
};

static DEFINE_SPINLOCK(umbra_control_lock);
static struct umbra_control_frame *umbra_control_ring;
static u32 umbra_control_head, umbra_control_tail;
static u64 umbra_alarms_dropped;	/* since the last ALARM_OVERFLOW */

size_t umbra_control_fill(u8 *bytes, u16 type, u64 sequence, u64 tenant_vm, u32 cloud_vm,
			  const void *payload, size_t length)
{
	struct umbra_frame_header header = {
		.length = cpu_to_le32(sizeof(header) + length),
		.type = cpu_to_le16(type),
		.sequence = cpu_to_le64(sequence),
		.tenant_vm = cpu_to_le64(tenant_vm),
		.cloud_vm = cpu_to_le32(cloud_vm),
	};

	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), payload, length);
	return sizeof(header) + length;
}

static struct umbra_control_frame *umbra_control_slot(u32 position)
{
	return &umbra_control_ring[position % UMBRA_CONTROL_FRAMES];
}

static void umbra_alarm_drop(void)
{
	lockdep_assert_held(&umbra_control_lock);
	umbra_alarms_dropped++;
	umbra_count(UMBRA_COUNTER_ALARMS_DROPPED);
}

void umbra_device_control(u16 type, u64 sequence, u64 tenant_vm, u32 cloud_vm,
			  const void *payload, size_t length)
{
	bool alarm = type == UMBRA_FRAME_ALARM;
	struct umbra_control_frame *frame;

	spin_lock(&umbra_control_lock);
	if (umbra_control_tail - umbra_control_head <
	    (alarm ? UMBRA_CONTROL_ALARMS : UMBRA_CONTROL_FRAMES)) {
		frame = umbra_control_slot(umbra_control_tail++);
		frame->length = umbra_control_fill(frame->bytes, type, sequence, tenant_vm,
						   cloud_vm, payload, length);
	} else if (alarm) {
		umbra_alarm_drop();
	}
	spin_unlock(&umbra_control_lock);
	umbra_device_notify(true);
}

/* What was meant for the last service, alarms apart, is nothing to the next one. */
void umbra_control_keep_alarms(void)
{
	struct umbra_control_frame *frame;
	u32 position, kept;

	spin_lock(&umbra_control_lock);
	kept = umbra_control_head;
	for (position = kept; position != umbra_control_tail; position++) {
		frame = umbra_control_slot(position);
		if (((struct umbra_frame_header *)frame->bytes)->type ==
		    cpu_to_le16(UMBRA_FRAME_ALARM))
			*umbra_control_slot(kept++) = *frame;
	}
	umbra_control_tail = kept;
	spin_unlock(&umbra_control_lock);
}

/* A hostile L1 can cause alarms at will; those of others must still be seen. */
static bool umbra_alarm_allowed(struct umbra_cloud *cloud)
{
	lockdep_assert_held(&umbra.registry);
	if (time_after_eq(jiffies, cloud->alarm_second + HZ)) {
		cloud->alarm_second = jiffies;
		cloud->alarms_in_second = 0;
	}
	return cloud->alarms_in_second++ < UMBRA_ALARMS_PER_SECOND;
}

void umbra_alarm(struct umbra_cloud *cloud, u64 tenant_vm, u32 kind, u64 other_tenant_vm,
		 u64 evidence0, u64 evidence1)
{
	struct umbra_alarm payload = {
		.kind = cpu_to_le32(kind),
		.other_tenant_vm = cpu_to_le64(other_tenant_vm),
		.evidence = { cpu_to_le64(evidence0), cpu_to_le64(evidence1) },
	};

	umbra_count(UMBRA_COUNTER_ALARMS);
	if (!umbra_alarm_allowed(cloud)) {
		spin_lock(&umbra_control_lock);
		umbra_alarm_drop();
		spin_unlock(&umbra_control_lock);
		umbra_device_notify(true);
		return;
	}
	pr_warn_ratelimited("umbra: alarm %u: tenant VM %llu, other %llu, %#llx %#llx\n", kind,
			    tenant_vm, other_tenant_vm, evidence0, evidence1);
	umbra_device_control(UMBRA_FRAME_ALARM, 0, tenant_vm, cloud->id, &payload,
			     sizeof(payload));
}

/* After the alarms that were kept: how many were not. */
static size_t umbra_control_overflow(u8 *buffer, size_t room, bool *more)
{
	struct umbra_alarm payload = {
		.kind = cpu_to_le32(UMBRA_ALARM_OVERFLOW),
		.evidence = { cpu_to_le64(umbra_alarms_dropped) },
	};

	if (!umbra_alarms_dropped)
		return 0;
	if (sizeof(struct umbra_frame_header) + sizeof(payload) > room) {
		*more = true;
		return 0;
	}
	umbra_alarms_dropped = 0;
	return umbra_control_fill(buffer, UMBRA_FRAME_ALARM, 0, 0, 0, &payload,
				  sizeof(payload));
}

size_t umbra_control_read(u8 *buffer, size_t room, bool *more)
{
	size_t used = 0;

	spin_lock(&umbra_control_lock);
	while (umbra_control_head != umbra_control_tail) {
		struct umbra_control_frame *frame = umbra_control_slot(umbra_control_head);

		if (frame->length > room - used) {
			*more = true;
			break;
		}
		memcpy(buffer + used, frame->bytes, frame->length);
		used += frame->length;
		umbra_control_head++;
	}
	if (umbra_control_head == umbra_control_tail)
		used += umbra_control_overflow(buffer + used, room - used, more);
	spin_unlock(&umbra_control_lock);
	return used;
}

int umbra_control_init(void)
{
	umbra_control_ring = kvcalloc(UMBRA_CONTROL_FRAMES, sizeof(*umbra_control_ring),
				      GFP_KERNEL);
	return umbra_control_ring ? 0 : -ENOMEM;
}

void umbra_control_exit(void)
{
	kvfree(umbra_control_ring);
}
