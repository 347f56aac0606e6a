// SPDX-License-Identifier: GPL-2.0
/*
 * The ring of a VM's frames: order, sequences, redelivery, room. The fuzz loop
 * drives it with everything vCPUs and services do, next to a model that knows
 * only what was promised: every posted frame arrives, in order, with the next
 * sequence, again and again until it is acknowledged, and never after.
 */
#include "test.h"

#define PAYLOAD 8

static struct umbra_stream stream;
static u8 buffer[64 * 1024];

static void begin(void)
{
	memset(&stream, 0, sizeof(stream));
	EXPECT(!umbra_stream_init(&stream));
}

static void end(void)
{
	EXPECT(!stream.lock.held);
	umbra_stream_free(&stream);
}

static struct umbra_entry *append(struct umbra_request *request, u64 tag)
{
	struct umbra_entry *entry = umbra_stream_append(&stream, request ?
			UMBRA_FRAME_PORT_READ : UMBRA_FRAME_PORT_WRITE, 7, 3, 1);

	if (!entry)
		return NULL;
	memcpy(entry->frame + entry->length, &tag, sizeof(tag));
	entry->length += PAYLOAD;
	entry->request = request;
	return entry;
}

static u64 sequence_of(const u8 *frame)
{
	return ((const struct umbra_frame_header *)frame)->sequence;
}

static u64 tag_of(const u8 *frame)
{
	u64 tag;

	memcpy(&tag, frame + sizeof(struct umbra_frame_header), sizeof(tag));
	return tag;
}

static void frames_carry_their_header(void)
{
	struct umbra_frame_header *header = (void *)buffer;
	struct umbra_entry *entry;

	begin();
	entry = append(NULL, 42);
	memset(entry->frame + entry->length, 0xff, 3);
	entry->length += 3;
	EXPECT(umbra_stream_read(&stream, buffer, sizeof(buffer)) == 48);
	EXPECT(header->length == 48 && header->type == UMBRA_FRAME_PORT_WRITE);
	EXPECT(header->sequence == 1 && header->tenant_vm == 7);
	EXPECT(header->cloud_vm == 3 && header->vcpu == 1 && !header->flags);
	EXPECT(buffer[42] == 0xff && !buffer[43] && !buffer[47]);
	EXPECT(stream.counters[UMBRA_COUNTER_FRAMES_SENT] == 1);
	end();
}

static void a_frame_that_does_not_fit_waits(void)
{
	begin();
	append(NULL, 1);
	append(NULL, 2);
	EXPECT(umbra_stream_read(&stream, buffer, 79) == 40);
	EXPECT(umbra_stream_unread(&stream));
	EXPECT(umbra_stream_read(&stream, buffer, 39) == 0);
	EXPECT(umbra_stream_read(&stream, buffer, 40) == 40 && tag_of(buffer) == 2);
	EXPECT(!umbra_stream_unread(&stream));
	end();
}

static void unacknowledged_frames_come_again_with_their_sequence(void)
{
	begin();
	append(NULL, 1);
	append(NULL, 2);
	umbra_stream_read(&stream, buffer, sizeof(buffer));
	umbra_stream_acknowledge(&stream, 1);
	append(NULL, 3);
	umbra_stream_rewind(&stream);
	EXPECT(umbra_stream_read(&stream, buffer, sizeof(buffer)) == 80);
	EXPECT(sequence_of(buffer) == 2 && tag_of(buffer) == 2);
	EXPECT(sequence_of(buffer + 40) == 3 && tag_of(buffer + 40) == 3);
	EXPECT(stream.counters[UMBRA_COUNTER_FRAMES_RESENT] == 1);
	EXPECT(stream.acknowledged == 1 && stream.newest == 3);
	end();
}

static void a_question_is_not_acknowledged_but_answered(void)
{
	struct umbra_request request = {};

	begin();
	append(&request, 1);
	EXPECT(!umbra_stream_find(&stream, 0) && !umbra_stream_find(&stream, 1));
	umbra_stream_read(&stream, buffer, sizeof(buffer));
	EXPECT(request.delivered);
	umbra_stream_acknowledge(&stream, 1);
	EXPECT(stream.acknowledged == 0 && umbra_stream_find(&stream, 1));
	umbra_stream_finish(&stream, umbra_stream_find(&stream, 1));
	EXPECT(stream.acknowledged == 1 && !umbra_stream_find(&stream, 1));
	umbra_stream_rewind(&stream);
	EXPECT(!umbra_stream_read(&stream, buffer, sizeof(buffer)));
	end();
}

static void a_withdrawn_question_leaves_no_gap_in_the_sequence(void)
{
	struct umbra_request request = {};
	struct umbra_entry *entry;

	begin();
	append(NULL, 1);
	entry = append(&request, 2);
	append(NULL, 3);
	umbra_stream_finish(&stream, entry);
	EXPECT(umbra_stream_read(&stream, buffer, sizeof(buffer)) == 80);
	EXPECT(sequence_of(buffer) == 1 && tag_of(buffer) == 1);
	EXPECT(sequence_of(buffer + 40) == 2 && tag_of(buffer + 40) == 3);
	EXPECT(!request.delivered);
	end();
}

static void questions_withdrawn_while_nobody_reads_do_not_fill_the_stream(void)
{
	struct umbra_request request = {};
	int i;

	begin();
	for (i = 0; i < 4 * UMBRA_STREAM_FRAMES; i++) {
		struct umbra_entry *entry = append(&request, i);

		EXPECT(entry);
		umbra_stream_finish(&stream, entry);
	}
	EXPECT(!umbra_stream_unread(&stream) && !umbra_stream_full(&stream));
	append(NULL, 9);
	EXPECT(umbra_stream_read(&stream, buffer, sizeof(buffer)) == 40);
	EXPECT(sequence_of(buffer) == 1);
	end();
}

static void a_full_stream_refuses(void)
{
	int i;

	begin();
	for (i = 0; i < UMBRA_STREAM_FRAMES; i++)
		EXPECT(append(NULL, i));
	EXPECT(umbra_stream_full(&stream) && !append(NULL, i));
	EXPECT(umbra_stream_read(&stream, buffer, sizeof(buffer)) == 40 * UMBRA_STREAM_FRAMES);
	umbra_stream_acknowledge(&stream, 10);
	for (i = 0; i < 10; i++)
		EXPECT(append(NULL, i));
	EXPECT(!append(NULL, i));
	end();
}

/* ------------------------------------------------------------------- fuzz */

#define WAITERS 4

static struct umbra_request requests[WAITERS];
static struct umbra_entry *asked[WAITERS];
static u64 tags_given, tag_expected, sequence_expected;
static u64 tag_of_sequence[1 << 16];

static void fuzz_ask(u32 waiter)
{
	if (asked[waiter])
		return;
	memset(&requests[waiter], 0, sizeof(requests[waiter]));
	asked[waiter] = append(&requests[waiter], ~0ull);
}

static void fuzz_end_question(u32 waiter, bool answer)
{
	struct umbra_entry *entry = asked[waiter];

	if (!entry || (answer && !entry->sequence))
		return;
	/* An answer counts only while the present service has read the question. */
	if (answer && umbra_stream_find(&stream, entry->sequence) != entry)
		return;
	umbra_stream_finish(&stream, entry);
	asked[waiter] = NULL;
}

static void fuzz_read(void)
{
	size_t room = random_below(400), used = umbra_stream_read(&stream, buffer, room), at;

	EXPECT(used <= room && used % 8 == 0);
	for (at = 0; at < used;) {
		const struct umbra_frame_header *header = (void *)(buffer + at);
		u64 sequence = header->sequence, tag = tag_of(buffer + at);

		EXPECT(sequence && sequence <= stream.newest);
		EXPECT(sequence > stream.acknowledged);
		if (sequence == sequence_expected) {
			tag_of_sequence[sequence_expected++ % ARRAY_SIZE(tag_of_sequence)] = tag;
			if (tag != ~0ull)
				EXPECT(tag == tag_expected++);
		} else {
			EXPECT(sequence < sequence_expected);
			EXPECT(tag_of_sequence[sequence % ARRAY_SIZE(tag_of_sequence)] == tag);
		}
		at += header->length;
	}
	EXPECT(at == used);
}

static void fuzz_step(void)
{
	switch (random_below(8)) {
	case 0: case 1:
		if (append(NULL, tags_given))
			tags_given++;
		else
			EXPECT(umbra_stream_full(&stream));
		break;
	case 2:
		fuzz_ask(random_below(WAITERS));
		break;
	case 3:
		fuzz_end_question(random_below(WAITERS), true);
		break;
	case 4:
		fuzz_end_question(random_below(WAITERS), false);
		break;
	case 5:
		umbra_stream_acknowledge(&stream, random_number() % (stream.newest + 2));
		break;
	case 6:
		fuzz_read();
		break;
	case 7:
		if (!random_below(16))
			umbra_stream_rewind(&stream);
		break;
	}
	EXPECT(stream.head <= stream.sent && stream.sent <= stream.tail);
	EXPECT(stream.tail - stream.head <= UMBRA_STREAM_FRAMES);
	EXPECT(stream.acknowledged <= stream.newest);
}

static void fuzz_round(void)
{
	int i;

	begin();
	memset(asked, 0, sizeof(asked));
	tags_given = tag_expected = 0;
	sequence_expected = 1;
	for (i = 0; i < 2000; i++)
		fuzz_step();
	end();
}

int main(int argc, char **argv)
{
	frames_carry_their_header();
	a_frame_that_does_not_fit_waits();
	unacknowledged_frames_come_again_with_their_sequence();
	a_question_is_not_acknowledged_but_answered();
	a_withdrawn_question_leaves_no_gap_in_the_sequence();
	questions_withdrawn_while_nobody_reads_do_not_fill_the_stream();
	a_full_stream_refuses();
	fuzz(argc, argv, "stream", fuzz_round);
	return 0;
}
