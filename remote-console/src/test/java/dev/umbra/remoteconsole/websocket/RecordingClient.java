// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.websocket;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** A client that keeps what it gets, and can be made to stop reading. */
final class RecordingClient implements WebSocketClient {
    final List<String> texts = new CopyOnWriteArrayList<>();
    final AtomicInteger pings = new AtomicInteger();
    final Semaphore reads = new Semaphore(Integer.MAX_VALUE);
    volatile int closeCode;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();

    @Override
    public void sendBinary(ByteBuffer bytes) {
        reads.acquireUninterruptibly();
        synchronized (output) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            output.writeBytes(copy);
        }
    }

    @Override
    public void sendText(String text) {
        texts.add(text);
    }

    @Override
    public void sendPing() {
        pings.incrementAndGet();
    }

    @Override
    public void close(int code, String reason) {
        closeCode = code;
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
}
