// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.remoteconsole.graphical.GraphicalConsole;
import dev.umbra.remoteconsole.graphical.GraphicalConsoleConfig;
import dev.umbra.remoteconsole.graphical.GraphicalRole;
import dev.umbra.remoteconsole.rfb.FakeInput;
import dev.umbra.remoteconsole.rfb.FakeScreen;
import dev.umbra.remoteconsole.rfb.RfbGrant;
import dev.umbra.remoteconsole.rfb.RfbPower;
import dev.umbra.remoteconsole.rfb.RfbSessionConfig;
import dev.umbra.remoteconsole.rfb.RfbSessionCounters;
import dev.umbra.remoteconsole.serial.FakeDevice;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class WebSocketRfbChannelTest {
    private final FakeInput input = new FakeInput();
    private final GraphicalConsole console =
            new GraphicalConsole(GraphicalConsoleConfig.defaults(), new FakeScreen(64, 32), input);
    private final RfbSessionCounters counters = new RfbSessionCounters();

    @Test
    void test_binary_messages_carry_the_protocol() throws Exception {
        Client client = new Client();
        WebSocketRfbChannel channel = open(client, GraphicalRole.WRITER);
        handshake(channel);
        channel.receiveBinary(ByteBuffer.wrap(new byte[] {3, 0, 0, 0, 0, 0, 0, 64, 0, 32}));
        int greeting = 12 + 2 + 4 + 24 + "vm-1".length();
        FakeDevice.await("a raw update", () -> client.size() >= greeting + 4 + 12 + 64 * 32 * 4);
        assertThat(client.start()).isEqualTo("RFB 003.008\n");
        channel.close();
        assertThat(console.counters().sessionsNow()).isZero();
    }

    @Test
    void test_viewer_takes_over_by_a_text_message() throws Exception {
        WebSocketRfbChannel channel = open(new Client(), GraphicalRole.VIEWER);
        handshake(channel);
        byte[] key = {4, 1, 0, 0, 0, 0, 0, 'a'};
        channel.receiveBinary(ByteBuffer.wrap(key));
        channel.receiveText("{\"type\":\"takeOver\"}");
        channel.receiveBinary(ByteBuffer.wrap(key));
        assertThat(input.events()).containsExactly("+1e");
    }

    @Test
    void test_client_is_told_of_roles_lights_and_pings() throws Exception {
        Client first = new Client();
        WebSocketRfbChannel channel = open(first, GraphicalRole.WRITER);
        handshake(channel);
        FakeDevice.await("the greeting", () -> first.texts.stream().anyMatch(text -> text.contains("hello")));
        assertThat(first.texts.getFirst())
                .isEqualTo("{\"type\":\"hello\",\"vm\":\"vm-1\",\"role\":\"writer\",\"mayWrite\":true}");

        handshake(open(new Client(), GraphicalRole.WRITER));
        FakeDevice.await(
                "the take-over",
                () -> first.texts.contains("{\"type\":\"role\",\"role\":\"viewer\",\"by\":\"browser\"}"));
        input.leds = 4;
        console.ledsChanged();
        FakeDevice.await("the lights", () -> first.texts.contains("{\"type\":\"leds\",\"leds\":4}"));
        channel.receiveText("{\"type\":\"ping\",\"id\":7}");
        FakeDevice.await("the pong", () -> first.texts.contains("{\"type\":\"pong\",\"id\":7}"));
        channel.receiveText("{\"type\":\"break\"}");
        assertThat(first.code).isEqualTo(1008);
    }

    @Test
    void test_too_long_or_malformed_messages_close() throws Exception {
        Client client = new Client();
        open(client, GraphicalRole.WRITER).receiveBinary(ByteBuffer.allocate(1 << 20));
        assertThat(client.code).isEqualTo(1009);
        open(client, GraphicalRole.WRITER).receiveText("{");
        assertThat(client.code).isEqualTo(1008);
    }

    @Test
    void test_console_that_closes_closes_the_socket() throws Exception {
        Client client = new Client();
        handshake(open(client, GraphicalRole.WRITER));
        console.close();
        FakeDevice.await("the close", () -> client.code == WebSocketSerialChannel.CONSOLE_CLOSED);
    }

    private WebSocketRfbChannel open(Client client, GraphicalRole role) {
        return WebSocketRfbChannel.open(
                new RfbGrant("tenant", "vm-1", console, true, RfbPower.NONE),
                role,
                "browser",
                RfbSessionConfig.defaults(),
                counters,
                WebSocketSerialConfig.defaults(),
                client);
    }

    private static void handshake(WebSocketRfbChannel channel) {
        channel.receiveBinary(ByteBuffer.wrap("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII)));
        channel.receiveBinary(ByteBuffer.wrap(new byte[] {1, 1}));
    }

    private static final class Client implements WebSocketClient {
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();
        private final List<String> texts = new CopyOnWriteArrayList<>();
        private volatile int code;

        @Override
        public synchronized void sendBinary(ByteBuffer bytes) {
            while (bytes.hasRemaining()) {
                received.write(bytes.get());
            }
        }

        @Override
        public void sendText(String text) {
            texts.add(text);
        }

        @Override
        public void sendPing() {}

        @Override
        public void close(int newCode, String reason) {
            code = newCode;
        }

        synchronized int size() {
            return received.size();
        }

        synchronized String start() {
            return received.toString(StandardCharsets.US_ASCII).substring(0, 12);
        }
    }
}
