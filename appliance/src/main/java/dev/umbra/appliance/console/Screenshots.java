// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.remoteconsole.graphical.GraphicalConsole;
import dev.umbra.remoteconsole.graphical.Screenshot;
import dev.umbra.remoteconsole.rfb.encoding.PngImages;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Semaphore;

/** Takes pictures of screens, few at a time and not too often: compressing one takes a processor some milliseconds. */
public final class Screenshots {
    private static final int AT_A_TIME = 2;
    private static final Duration WINDOW = Duration.ofMinutes(1);

    private record Taken(Instant start, int number) {}

    private final ScreenshotProperties limits;
    private final InstantSource clock;
    private final Semaphore encoders = new Semaphore(AT_A_TIME);
    private final Map<UUID, Taken> taken = new HashMap<>();

    public Screenshots(ScreenshotProperties limits, InstantSource clock) {
        this.limits = limits;
        this.clock = clock;
    }

    /** The screen of a VM as a PNG file. */
    public byte[] take(UUID vm, GraphicalConsole console) {
        count(vm);
        encoders.acquireUninterruptibly();
        try {
            Screenshot screen = console.screenshot();
            return PngImages.encode(screen.pixels(), screen.width(), screen.height());
        } finally {
            encoders.release();
        }
    }

    private synchronized void count(UUID vm) {
        Instant now = clock.instant();
        taken.values().removeIf(window -> !now.isBefore(window.start.plus(WINDOW)));
        Taken window = taken.getOrDefault(vm, new Taken(now, 0));
        if (window.number >= limits.perMinute()) {
            throw ProblemCode.SCREENSHOT_RATE_LIMITED.exception();
        }
        taken.put(vm, new Taken(window.start, window.number + 1));
    }
}
