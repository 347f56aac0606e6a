// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import java.io.IOException;

/** Somewhere events go. Used by one thread. */
interface EventSink extends AutoCloseable {
    /**
     * Delivers an event.
     *
     * @param line the event as {@link EveJson} writes it
     * @throws IOException if it was not delivered, and trying again may help
     * @throws UndeliverableException if it will never be
     */
    void deliver(SecurityEvent event, String line) throws IOException, InterruptedException;

    @Override
    default void close() {}

    /** It was refused for good. */
    final class UndeliverableException extends IOException {
        private static final long serialVersionUID = 1;

        UndeliverableException(String message) {
            super(message);
        }
    }
}
