// SPDX-License-Identifier: GPL-2.0
/*
 * Ultracalls: VMMCALL or VMCALL with Umbra's magic in EAX, from a tenant VM or
 * from L1 itself, at any privilege level; and calls by registers through a port,
 * which only a tenant VM makes. All operands are registers, so no guest memory is
 * touched on the caller's word.
 */
#include "umbra.h"

static const int umbra_operands[4] = {
	VCPU_REGS_RCX, VCPU_REGS_RDX, VCPU_REGS_RSI, VCPU_REGS_RDI,
};

static const int umbra_port_operands[4] = {
	VCPU_REGS_RAX, VCPU_REGS_RBX, VCPU_REGS_RCX, VCPU_REGS_RDX,
};

/* The answer, or NULL: given up so that the carrier can run, the instruction is to run again. */
static const struct umbra_ultracall_reply *umbra_call(struct umbra_carrier *carrier,
						      const struct umbra_ultracall *payload)
{
	struct umbra_question question = {
		.type = UMBRA_FRAME_ULTRACALL,
		.cloud_vm = carrier->cloud->id,
		.payload = payload,
		.length = sizeof(*payload),
		.reply_type = UMBRA_FRAME_ULTRACALL_REPLY,
		.reply_length = sizeof(struct umbra_ultracall_reply),
	};
	struct umbra_request *request;
	struct umbra_stream *stream;

	if (payload->origin == UMBRA_ORIGIN_CLOUD) {
		request = &carrier->request;
		stream = &carrier->cloud->stream;
		question.vcpu = carrier->vcpu->vcpu_id;
	} else {
		struct umbra_tenant_vcpu *vcpu = carrier->current_vcpu;

		request = &vcpu->request;
		stream = &vcpu->tenant->stream;
		question.tenant_vm = vcpu->tenant->id;
		question.vcpu = vcpu->index;
	}
	if (!umbra_ask(carrier->vcpu, stream, request, &question))
		return NULL;
	spin_lock(&stream->lock);
	stream->counters[UMBRA_COUNTER_ULTRACALLS]++;
	spin_unlock(&stream->lock);
	return (const struct umbra_ultracall_reply *)request->data;
}

/*
 * True: answered, the caller steps over the instruction. False: given up so
 * that the carrier can run, the instruction is to run again.
 */
bool umbra_ultracall(struct umbra_carrier *carrier, u8 origin, u8 privilege)
{
	unsigned long *regs = carrier->vcpu->arch.regs;
	struct umbra_ultracall payload = {
		.origin = origin,
		.privilege = privilege,
		.function = cpu_to_le32(regs[VCPU_REGS_RBX]),
	};
	const struct umbra_ultracall_reply *reply;
	int i;

	for (i = 0; i < 4; i++)
		payload.arguments[i] = cpu_to_le64(regs[umbra_operands[i]]);
	reply = umbra_call(carrier, &payload);
	if (!reply)
		return false;
	regs[VCPU_REGS_RAX] = le64_to_cpu(reply->status);
	for (i = 0; i < 4; i++)
		regs[umbra_operands[i]] = le64_to_cpu(reply->results[i]);
	return true;
}

bool umbra_register_call(struct umbra_carrier *carrier, u16 port, u8 privilege)
{
	unsigned long *regs = carrier->vcpu->arch.regs;
	struct umbra_ultracall payload = {
		.origin = UMBRA_ORIGIN_PORT,
		.privilege = privilege,
		.function = cpu_to_le32(port),
	};
	const struct umbra_ultracall_reply *reply;
	int i;

	for (i = 0; i < 4; i++)
		payload.arguments[i] = cpu_to_le64((u32)regs[umbra_port_operands[i]]);
	reply = umbra_call(carrier, &payload);
	if (!reply)
		return false;
	for (i = 0; i < 4; i++)
		regs[umbra_port_operands[i]] = (u32)le64_to_cpu(reply->results[i]);
	return true;
}
