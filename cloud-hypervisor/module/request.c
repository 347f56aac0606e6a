// SPDX-License-Identifier: GPL-2.0
/*
 * A question to the service, and the vCPU that waits for its answer.
 *
 * Every vCPU has one request: it can execute one instruction at a time. The
 * frame of the question stays in the stream until it is answered, withdrawn
 * before anybody read it, or its asker died.
 */
#include <linux/sched/signal.h>

#include "umbra.h"

static bool umbra_has_room(void *argument)
{
	return !umbra_stream_full(argument);
}

bool umbra_wait_for_room(struct kvm_vcpu *vcpu, struct umbra_stream *stream, bool bound)
{
	if (likely(!umbra_stream_full(stream)))
		return true;
	spin_lock(&stream->lock);
	stream->counters[UMBRA_COUNTER_QUEUE_FULL_WAITS]++;
	spin_unlock(&stream->lock);
	umbra_device_notify(true);
	if (umbra_carrier_wait(vcpu, umbra_has_room, stream, bound ? &bound : NULL))
		return true;
	spin_lock(&stream->lock);
	stream->counters[UMBRA_COUNTER_WITHDRAWN]++;
	spin_unlock(&stream->lock);
	return false;
}

static bool umbra_is_answered(void *argument)
{
	struct umbra_request *request = argument;

	return READ_ONCE(request->state) == UMBRA_REQUEST_ANSWERED;
}

static struct umbra_entry *umbra_pose(struct kvm_vcpu *vcpu, struct umbra_stream *stream,
				      struct umbra_request *request,
				      const struct umbra_question *question)
{
	struct umbra_entry *entry;

	entry = umbra_stream_append(stream, question->type, question->tenant_vm,
				    question->cloud_vm, question->vcpu);
	if (!entry)
		return NULL;
	memcpy(entry->frame + entry->length, question->payload, question->length);
	entry->length += question->length;
	entry->request = request;
	request->delivered = false;
	request->waiter = vcpu;
	request->reply_type = question->reply_type;
	request->length = question->reply_length;
	WRITE_ONCE(request->state, UMBRA_REQUEST_WAITING);
	return entry;
}

bool umbra_ask(struct kvm_vcpu *vcpu, struct umbra_stream *stream,
	       struct umbra_request *request, const struct umbra_question *question)
{
	struct umbra_entry *entry;
	bool answered, again;

	if (!umbra_wait_for_room(vcpu, stream, false))
		return false;
	spin_lock(&stream->lock);
	entry = umbra_pose(vcpu, stream, request, question);
	spin_unlock(&stream->lock);
	if (!entry)
		return false;
	umbra_device_notify(true);

	do {
		umbra_carrier_wait(vcpu, umbra_is_answered, request, &request->delivered);
		spin_lock(&stream->lock);
		answered = request->state == UMBRA_REQUEST_ANSWERED;
		again = !answered && request->delivered &&
			!fatal_signal_pending(current) && !READ_ONCE(umbra.unloading);
		if (!again) {
			if (!answered) {
				umbra_stream_finish(stream, entry);
				stream->counters[UMBRA_COUNTER_WITHDRAWN]++;
			}
			request->state = UMBRA_REQUEST_NONE;
			request->waiter = NULL;
		}
		spin_unlock(&stream->lock);
	} while (again);
	return answered;
}

/* The service's answer. Errors are the service's: no such question, wrong shape. */
int umbra_answer(struct umbra_stream *stream, u64 sequence, u16 reply_type,
		 const u8 *data, size_t length)
{
	struct umbra_request *request;
	struct umbra_entry *entry;
	int error = 0;

	spin_lock(&stream->lock);
	entry = umbra_stream_find(stream, sequence);
	if (!entry) {
		error = ENOENT;
	} else if (entry->request->reply_type != reply_type) {
		error = EPROTO;
	} else if (entry->request->length != length) {
		error = EMSGSIZE;
	} else {
		request = entry->request;
		memcpy(request->data, data, length);
		umbra_stream_finish(stream, entry);
		WRITE_ONCE(request->state, UMBRA_REQUEST_ANSWERED);
		kvm_vcpu_wake_up(request->waiter);
	}
	spin_unlock(&stream->lock);
	return error;
}
