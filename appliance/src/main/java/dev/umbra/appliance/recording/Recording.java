// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.recording;

import java.time.Duration;
import java.time.Instant;

/**
 * A recording of a screen.
 *
 * @param id unique among those of its VM; orders them by time
 * @param duration how long it is, or has been going on
 * @param size in bytes
 * @param inProgress whether it goes on
 */
public record Recording(String id, Instant startedAt, Duration duration, long size, boolean inProgress) {}
