// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.terminal;

import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.Pause;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.JsonNode;

/**
 * A console over a WebSocket that comes back by itself: it counts the bytes it got and continues behind the last of them, so that
 * its transcript is the console's output without a gap, or says how much is lost.
 */
public final class WebSocketTerminal implements Terminal {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MESSAGE = 4096;
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(200);

    private final ApplianceApi api;
    private final String vm;
    private final Transcript transcript = new Transcript();
    private WebSocket socket;
    private WebSocket lostEarly;
    private String stream;
    private long offset;
    private long start;
    private long lost;
    private int connections;
    private boolean closed;
    private boolean greeted;
    private final List<String> resumptions = new ArrayList<>();

    private WebSocketTerminal(ApplianceApi api, String vm, long offset) {
        this.api = api;
        this.vm = vm;
        this.offset = offset;
        this.start = offset;
    }

    /** From now on: what the console printed before is left out. */
    public static WebSocketTerminal open(ApplianceApi api, String vm) {
        return open(api, vm, api.outputOffset(vm));
    }

    /** From an offset of the console's output on. */
    public static WebSocketTerminal open(ApplianceApi api, String vm, long offset) {
        WebSocketTerminal terminal = new WebSocketTerminal(api, vm, offset);
        terminal.connect();
        return terminal;
    }

    private void connect() {
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (; ; ) {
            String query;
            synchronized (this) {
                greeted = false;
                query = "&since=" + offset + (stream == null ? "" : "&stream=" + stream);
            }
            try {
                WebSocket opened =
                        api.openWebSocket("/api/v1/console?ticket=" + api.consoleTicket(vm) + query, new Listener());
                if (adopt(opened)) {
                    return;
                }
            } catch (CompletionException | ApplianceApi.UnavailableException notYet) {
                if (System.nanoTime() > end) {
                    throw notYet;
                }
                Pause.of(BETWEEN_ATTEMPTS);
            }
        }
    }

    /** False when the connection was lost before it was adopted. */
    private synchronized boolean adopt(WebSocket opened) {
        if (opened == lostEarly) {
            return false;
        }
        socket = opened;
        connections++;
        notifyAll();
        return true;
    }

    private synchronized void lostConnection(WebSocket which, String reason) {
        if (closed) {
            transcript.end("closed");
        } else if (which != socket) {
            lostEarly = which;
        } else {
            socket = null;
            Thread.ofVirtual().name("console-again-" + vm).start(() -> {
                try {
                    connect();
                } catch (RuntimeException failure) {
                    transcript.end("not reached again after '" + reason + "': " + failure);
                }
            });
        }
    }

    private synchronized void control(JsonNode message) {
        switch (message.path("type").asString("")) {
            case "hello" -> {
                String now = message.path("stream").asString();
                long place = message.path("offset").asLong();
                if (stream == null) {
                    start = place;
                } else if (!stream.equals(now)) {
                    transcript.end("another stream");
                } else {
                    lost += Math.abs(place - offset);
                    resumptions.add("asked for " + offset + ", got " + place + " of "
                            + message.path("head").asLong());
                }
                stream = now;
                offset = place;
                greeted = true;
                notifyAll();
            }
            case "lost" -> {
                lost += message.path("length").asLong();
                offset =
                        message.path("offset").asLong() + message.path("length").asLong();
            }
            default -> {}
        }
    }

    private synchronized void output(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        offset += copy.length;
        transcript.append(copy, 0, copy.length);
    }

    /** Bytes that were left out or came twice, as offsets tell. */
    public synchronized long lost() {
        return lost;
    }

    /** Where the console went on after each lost connection, for people. */
    public synchronized List<String> resumptions() {
        return List.copyOf(resumptions);
    }

    /** Connections made so far. */
    public synchronized int connections() {
        return connections;
    }

    /** Offset, in the console's output, of the first byte of the transcript. */
    public synchronized long start() {
        return start;
    }

    /** Offset of the next byte. */
    public synchronized long offset() {
        return offset;
    }

    @Override
    public void type(byte[] characters) {
        for (int sent = 0; sent < characters.length; sent += MESSAGE) {
            ByteBuffer piece =
                    ByteBuffer.wrap(Arrays.copyOfRange(characters, sent, Math.min(sent + MESSAGE, characters.length)));
            awaitConnection().sendBinary(piece, true).join();
        }
    }

    /** Sends a serial break. */
    public void sendBreak() {
        awaitConnection().sendText("{\"type\":\"break\"}", true).join();
    }

    private synchronized WebSocket awaitConnection() {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (socket == null || !greeted) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new IllegalStateException("the console of " + vm + " is not connected");
            }
            try {
                wait(left);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(interrupted);
            }
        }
        return socket;
    }

    @Override
    public Transcript transcript() {
        return transcript;
    }

    @Override
    public void close() {
        WebSocket open;
        synchronized (this) {
            closed = true;
            open = socket;
        }
        if (open != null) {
            open.abort();
        }
        transcript.end("closed");
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                control(ApplianceApi.parse(text.toString()));
                text.setLength(0);
            }
            from.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
            output(data);
            from.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            lostConnection(from, code + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            lostConnection(from, String.valueOf(error.getMessage()));
        }
    }
}
