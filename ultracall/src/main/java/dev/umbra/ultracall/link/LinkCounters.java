// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import java.util.concurrent.atomic.LongAdder;

/** What a link counts; see {@link LinkStatistics}. */
final class LinkCounters {
    final LongAdder framesReceived = new LongAdder();
    final LongAdder framesMalformed = new LongAdder();
    final LongAdder bytesReceived = new LongAdder();
    final LongAdder bytesDiscarded = new LongAdder();
    final LongAdder bytesSent = new LongAdder();
    final LongAdder framesDropped = new LongAdder();
    final LongAdder connections = new LongAdder();
    final LongAdder failures = new LongAdder();
    final LongAdder overflows = new LongAdder();
    final LongAdder tasksRejected = new LongAdder();

    LinkStatistics snapshot() {
        return new LinkStatistics(
                framesReceived.sum(),
                framesMalformed.sum(),
                bytesReceived.sum(),
                bytesDiscarded.sum(),
                bytesSent.sum(),
                framesDropped.sum(),
                connections.sum(),
                failures.sum(),
                overflows.sum(),
                tasksRejected.sum());
    }
}
