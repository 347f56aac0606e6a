// SPDX-License-Identifier: GPL-2.0
/*
 * A pause with a bound: what becomes of it, and what its service gets to read.
 *
 * There is one at a time per VM, and no next one before the service has read how
 * the last one ended: so what is to be read is a state and not a queue.
 */
#include "umbra.h"

int umbra_moment_begin(struct umbra_moment *moment, u64 sequence, u64 bound, u64 now)
{
	if (moment->in_force || moment->unread)
		return EBUSY;
	*moment = (struct umbra_moment) {
		.sequence = sequence,
		.in_force = true,
		.began = now,
		.bound = bound,
	};
	return 0;
}

void umbra_moment_settle(struct umbra_moment *moment, u64 now)
{
	if (!moment->in_force || moment->state)
		return;
	moment->state = UMBRA_PAUSE_HELD;
	/* Zero says that it never settled. */
	moment->settled = max_t(u64, now - moment->began, 1);
	moment->unread = true;
}

void umbra_moment_end(struct umbra_moment *moment, enum umbra_pause_state state, u64 now)
{
	moment->in_force = false;
	moment->state = state;
	moment->length = now - moment->began;
	moment->unread = true;
}

u64 umbra_moment_left(const struct umbra_moment *moment, u64 now)
{
	u64 passed = now - moment->began;

	return passed < moment->bound ? moment->bound - passed : 0;
}

bool umbra_moment_tell(const struct umbra_moment *moment, u64 now, struct umbra_paused *payload)
{
	if (!moment->unread)
		return false;
	*payload = (struct umbra_paused) {
		.state = cpu_to_le32(moment->state),
		.settled = cpu_to_le64(moment->settled),
		.length = cpu_to_le64(moment->in_force ? now - moment->began : moment->length),
	};
	return true;
}
