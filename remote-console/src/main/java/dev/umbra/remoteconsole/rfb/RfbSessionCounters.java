// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import java.util.concurrent.atomic.LongAdder;

/** What the sessions of one door have counted, added up. */
public final class RfbSessionCounters {
    final LongAdder sessions = new LongAdder();
    final LongAdder updates = new LongAdder();
    final LongAdder rectangles = new LongAdder();
    final LongAdder pixels = new LongAdder();
    final LongAdder bytes = new LongAdder();
    final LongAdder protocolErrors = new LongAdder();
    final LongAdder loginsFailed = new LongAdder();
    final LongAdder timeouts = new LongAdder();
    final LongAdder clipboardDropped = new LongAdder();
    final LongAdder keysUnknown = new LongAdder();

    /**
     * The counts at one moment.
     *
     * @param sessions sessions that came to see a picture
     * @param updates updates sent
     * @param rectangles rectangles in them
     * @param pixels pixels in them
     * @param bytes bytes of them
     * @param protocolErrors sessions ended because of what the client sent
     * @param loginsFailed logins refused
     * @param timeouts sessions ended because of a time limit
     * @param clipboardDropped texts of the clipboard that were not typed, or not to their end
     * @param keysUnknown keys that no key of the keyboard stands for
     */
    public record Values(
            long sessions,
            long updates,
            long rectangles,
            long pixels,
            long bytes,
            long protocolErrors,
            long loginsFailed,
            long timeouts,
            long clipboardDropped,
            long keysUnknown) {}

    public Values values() {
        return new Values(
                sessions.sum(),
                updates.sum(),
                rectangles.sum(),
                pixels.sum(),
                bytes.sum(),
                protocolErrors.sum(),
                loginsFailed.sum(),
                timeouts.sum(),
                clipboardDropped.sum(),
                keysUnknown.sum());
    }
}
