// SPDX-License-Identifier: GPL-2.0
/*
 * The ordered frames of one VM, kept until the service has acknowledged them.
 *
 * A service may be killed at any moment. What it read but did not acknowledge
 * is sent again, under the same sequence, to the one that attaches next, and
 * that one tells from the sequence what its predecessor had applied. A frame
 * gets its sequence when it is first read, so a question withdrawn before that
 * leaves no gap.
 *
 * The size is fixed: a VM that fills its stream waits.
 */
#include <linux/mm.h>

#include "umbra.h"

int umbra_stream_init(struct umbra_stream *stream)
{
	spin_lock_init(&stream->lock);
	stream->entries = kvcalloc(UMBRA_STREAM_FRAMES, sizeof(*stream->entries),
				   GFP_KERNEL_ACCOUNT);
	return stream->entries ? 0 : -ENOMEM;
}

void umbra_stream_free(struct umbra_stream *stream)
{
	kvfree(stream->entries);
	stream->entries = NULL;
}

static struct umbra_entry *umbra_stream_slot(struct umbra_stream *stream, u64 position)
{
	return &stream->entries[position % UMBRA_STREAM_FRAMES];
}

/* Room for one more frame with its header filled in; NULL when the stream is full. */
struct umbra_entry *umbra_stream_append(struct umbra_stream *stream, u16 type,
					u64 tenant_vm, u32 cloud_vm, u32 vcpu)
{
	struct umbra_frame_header *header;
	struct umbra_entry *entry;

	if (umbra_stream_full(stream))
		return NULL;
	entry = umbra_stream_slot(stream, stream->tail);
	entry->sequence = 0;
	entry->request = NULL;
	entry->finished = false;
	entry->length = sizeof(*header);
	header = (struct umbra_frame_header *)entry->frame;
	memset(header, 0, sizeof(*header));
	header->type = cpu_to_le16(type);
	header->tenant_vm = cpu_to_le64(tenant_vm);
	header->cloud_vm = cpu_to_le32(cloud_vm);
	header->vcpu = cpu_to_le32(vcpu);
	WRITE_ONCE(stream->tail, stream->tail + 1);
	return entry;
}

/* Copies whole unread frames; returns bytes. */
size_t umbra_stream_read(struct umbra_stream *stream, u8 *buffer, size_t room)
{
	size_t used = 0;

	while (stream->sent != stream->tail) {
		struct umbra_entry *entry = umbra_stream_slot(stream, stream->sent);
		struct umbra_frame_header *header = (struct umbra_frame_header *)entry->frame;
		size_t length = ALIGN(entry->length, 8);

		if (!entry->finished) {
			if (length > room - used)
				break;
			if (entry->sequence) {
				stream->counters[UMBRA_COUNTER_FRAMES_RESENT]++;
			} else {
				entry->sequence = ++stream->newest;
				header->sequence = cpu_to_le64(entry->sequence);
				memset(entry->frame + entry->length, 0,
				       length - entry->length);
				header->length = cpu_to_le32(length);
				stream->counters[UMBRA_COUNTER_FRAMES_SENT]++;
			}
			if (entry->request)
				WRITE_ONCE(entry->request->delivered, true);
			memcpy(buffer + used, entry->frame, length);
			used += length;
		}
		WRITE_ONCE(stream->sent, stream->sent + 1);
	}
	return used;
}

/*
 * Gives the slots of finished frames back. Questions withdrawn before they were
 * read are among them: where no service reads, a vCPU that asks again and again
 * must not fill the stream with them.
 */
static void umbra_stream_trim(struct umbra_stream *stream)
{
	u64 head = stream->head;

	while (head != stream->tail) {
		struct umbra_entry *entry = umbra_stream_slot(stream, head);

		if (!entry->finished)
			break;
		if (entry->sequence)
			stream->acknowledged = entry->sequence;
		if (head == stream->sent)
			WRITE_ONCE(stream->sent, head + 1);
		head++;
	}
	WRITE_ONCE(stream->head, head);
}

/* Posted frames up to the sequence were applied. Questions wait for their answer. */
void umbra_stream_acknowledge(struct umbra_stream *stream, u64 sequence)
{
	u64 position;

	for (position = stream->head; position != stream->sent; position++) {
		struct umbra_entry *entry = umbra_stream_slot(stream, position);

		if (entry->sequence > sequence)
			break;
		if (!entry->request)
			entry->finished = true;
	}
	umbra_stream_trim(stream);
}

/* The question a service has read under this sequence and not answered, or NULL. */
struct umbra_entry *umbra_stream_find(struct umbra_stream *stream, u64 sequence)
{
	u64 position;

	for (position = stream->head; position != stream->sent; position++) {
		struct umbra_entry *entry = umbra_stream_slot(stream, position);

		if (entry->sequence == sequence && sequence)
			return entry->request && !entry->finished ? entry : NULL;
	}
	return NULL;
}

/* A question was answered or withdrawn: its frame is not sent again. */
void umbra_stream_finish(struct umbra_stream *stream, struct umbra_entry *entry)
{
	entry->request = NULL;
	entry->finished = true;
	umbra_stream_trim(stream);
}

/* The service went away: what it did not acknowledge is unread again. */
void umbra_stream_rewind(struct umbra_stream *stream)
{
	WRITE_ONCE(stream->sent, stream->head);
}
