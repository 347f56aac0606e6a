// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.rfb.encoding.EncodingScratch;
import java.util.concurrent.ArrayBlockingQueue;

/** Scratch arrays kept for the next update: a session has none while it has nothing to send. */
final class ScratchPool {
    private static final ArrayBlockingQueue<EncodingScratch> kept =
            new ArrayBlockingQueue<>(2 * Runtime.getRuntime().availableProcessors());

    private ScratchPool() {}

    static EncodingScratch take() {
        EncodingScratch scratch = kept.poll();
        return scratch != null ? scratch : new EncodingScratch();
    }

    static void giveBack(EncodingScratch scratch) {
        kept.offer(scratch);
    }
}
