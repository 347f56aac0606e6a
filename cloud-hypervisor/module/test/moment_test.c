// SPDX-License-Identifier: GPL-2.0
/*
 * Pauses with a bound: whatever service, vCPUs and time do in whatever order, one
 * that began ends once, is told of with its own number, and not before it is read
 * does the next one begin.
 */
#include "test.h"

static struct umbra_moment moment;
static struct umbra_paused payload;

static void begin(void)
{
	memset(&moment, 0, sizeof(moment));
	EXPECT(!umbra_moment_begin(&moment, 7, 1000, 100));
}

static void nothing_is_told_before_it_is_held(void)
{
	begin();
	EXPECT(moment.in_force && !umbra_moment_tell(&moment, 100, &payload));
	EXPECT(umbra_moment_left(&moment, 100) == 1000 && umbra_moment_left(&moment, 1099) == 1);
}

static void held_is_told_with_the_time_it_took(void)
{
	begin();
	umbra_moment_settle(&moment, 130);
	EXPECT(umbra_moment_tell(&moment, 150, &payload));
	EXPECT(payload.state == UMBRA_PAUSE_HELD && payload.settled == 30);
	EXPECT(payload.length == 50 && !payload.reserved);
	/* Only the first time counts. */
	moment.unread = false;
	umbra_moment_settle(&moment, 170);
	EXPECT(!moment.unread && moment.settled == 30);
}

static void held_at_once_is_not_never(void)
{
	begin();
	umbra_moment_settle(&moment, 100);
	EXPECT(umbra_moment_tell(&moment, 100, &payload) && payload.settled == 1);
}

static void its_end_is_told_with_its_length(void)
{
	begin();
	umbra_moment_settle(&moment, 130);
	umbra_moment_end(&moment, UMBRA_PAUSE_ENDED, 400);
	EXPECT(!moment.in_force && umbra_moment_tell(&moment, 9000, &payload));
	EXPECT(payload.state == UMBRA_PAUSE_ENDED && payload.settled == 30);
	EXPECT(payload.length == 300);
}

static void one_that_ends_before_it_is_held_never_settled(void)
{
	begin();
	umbra_moment_end(&moment, UMBRA_PAUSE_EXPIRED, 1100);
	umbra_moment_settle(&moment, 1200);
	EXPECT(umbra_moment_tell(&moment, 1300, &payload) && !payload.settled);
	EXPECT(payload.state == UMBRA_PAUSE_EXPIRED && payload.length == 1000);
}

static void the_bound_is_reached_and_stays_so(void)
{
	begin();
	EXPECT(!umbra_moment_left(&moment, 1100) && !umbra_moment_left(&moment, ~0ull));
}

static void there_is_one_until_its_end_is_read(void)
{
	begin();
	EXPECT(umbra_moment_begin(&moment, 8, 1000, 100) == EBUSY);
	umbra_moment_end(&moment, UMBRA_PAUSE_ENDED, 200);
	EXPECT(umbra_moment_begin(&moment, 8, 1000, 200) == EBUSY && moment.sequence == 7);
	moment.unread = false;
	EXPECT(!umbra_moment_begin(&moment, 8, 1000, 300) && moment.sequence == 8);
	EXPECT(!moment.state && !moment.settled && !moment.length);
}

static void round_of_steps(void)
{
	u64 now = random_number() >> 1, began = 0, ended = 0;
	bool in_force = false, told_end = true;
	int i;

	memset(&moment, 0, sizeof(moment));
	for (i = 0; i < 64; i++) {
		now += random_below(1000);
		switch (random_below(5)) {
		case 0:
			if (!umbra_moment_begin(&moment, i, 1 + random_below(5000), now)) {
				EXPECT(!in_force && told_end);
				in_force = true;
				told_end = false;
				began = now;
			}
			break;
		case 1:
			umbra_moment_settle(&moment, now);
			break;
		case 2:
			if (in_force && !umbra_moment_left(&moment, now)) {
				umbra_moment_end(&moment, UMBRA_PAUSE_EXPIRED, now);
				in_force = false;
				ended = now;
			}
			break;
		case 3:
			if (in_force) {
				umbra_moment_end(&moment, UMBRA_PAUSE_ENDED, now);
				in_force = false;
				ended = now;
			}
			break;
		case 4:
			if (!umbra_moment_tell(&moment, now, &payload))
				break;
			EXPECT(payload.length == (in_force ? now : ended) - began);
			EXPECT(payload.settled <= payload.length || payload.settled == 1);
			EXPECT(in_force == (payload.state == UMBRA_PAUSE_HELD));
			told_end |= !in_force;
			moment.unread = false;
			break;
		}
		EXPECT(moment.in_force == in_force);
		EXPECT(told_end || in_force || moment.unread);
	}
}

int main(int argc, char **argv)
{
	nothing_is_told_before_it_is_held();
	held_is_told_with_the_time_it_took();
	held_at_once_is_not_never();
	its_end_is_told_with_its_length();
	one_that_ends_before_it_is_held_never_settled();
	the_bound_is_reached_and_stays_so();
	there_is_one_until_its_end_is_read();
	fuzz(argc, argv, "moment", round_of_steps);
	return 0;
}
