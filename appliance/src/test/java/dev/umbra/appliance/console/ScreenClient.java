// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.appliance.RunningAppliance;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

/** A program at a screen's WebSocket. */
final class ScreenClient implements WebSocket.Listener {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    final List<String> texts = new CopyOnWriteArrayList<>();
    private WebSocket socket;
    volatile int closed;

    /** Opens it and goes through the handshake of RFB. */
    static ScreenClient open(RunningAppliance appliance, String path) {
        ScreenClient client = connect(appliance, path, null);
        client.send("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
        client.send(new byte[] {1, 1});
        await(() -> client.texts.stream().anyMatch(text -> text.contains("hello")));
        return client;
    }

    static ScreenClient connect(RunningAppliance appliance, String path, String origin) {
        ScreenClient client = new ScreenClient();
        WebSocket.Builder builder = appliance.client.newWebSocketBuilder().subprotocols("binary");
        if (origin != null) {
            builder.header("Origin", origin);
        }
        client.socket = builder.buildAsync(URI.create("wss://localhost:" + appliance.port() + path), client)
                .join();
        return client;
    }

    String subprotocol() {
        return socket.getSubprotocol();
    }

    void send(byte[] message) {
        socket.sendBinary(ByteBuffer.wrap(message), true).join();
    }

    void say(String text) {
        socket.sendText(text, true).join();
    }

    boolean heard(String part) {
        return texts.stream().anyMatch(text -> text.contains(part));
    }

    synchronized byte[] received() {
        return bytes.toByteArray();
    }

    void close() {
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
        byte[] piece = new byte[data.remaining()];
        data.get(piece);
        synchronized (this) {
            bytes.writeBytes(piece);
        }
        webSocket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence text, boolean last) {
        texts.add(text.toString());
        webSocket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket webSocket, int status, String reason) {
        closed = status;
        return null;
    }

    static void await(BooleanSupplier condition) {
        Instant end = Instant.now().plus(Duration.ofSeconds(20));
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as("time is up").isBefore(end);
            try {
                Thread.sleep(50);
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
        }
    }
}
