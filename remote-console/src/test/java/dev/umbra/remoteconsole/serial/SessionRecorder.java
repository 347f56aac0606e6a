// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Reads a session on a virtual thread and keeps everything it tells. */
final class SessionRecorder {
    private final SerialSession session;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final List<SerialEvent> notices = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private volatile boolean closed;

    SessionRecorder(SerialSession session) {
        this.session = session;
        thread = Thread.ofVirtual().start(this::run);
    }

    SerialSession session() {
        return session;
    }

    byte[] output() {
        synchronized (output) {
            return output.toByteArray();
        }
    }

    int size() {
        synchronized (output) {
            return output.size();
        }
    }

    List<SerialEvent> notices() {
        return notices;
    }

    boolean isClosed() {
        return closed;
    }

    void join() throws InterruptedException {
        thread.join(Duration.ofSeconds(10));
    }

    private void run() {
        byte[] buffer = new byte[4096];
        try {
            while (!closed) {
                switch (session.next(buffer, Duration.ofSeconds(1))) {
                    case SerialEvent.Output piece -> {
                        synchronized (output) {
                            output.write(buffer, 0, piece.length());
                        }
                    }
                    case SerialEvent.Idle idle -> {}
                    case SerialEvent.Closed end -> closed = true;
                    case SerialEvent notice -> notices.add(notice);
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
