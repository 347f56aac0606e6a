// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.websocket;

import static dev.umbra.remoteconsole.serial.FakeDevice.await;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.remoteconsole.access.ConsoleGrant;
import dev.umbra.remoteconsole.serial.FakeDevice;
import dev.umbra.remoteconsole.serial.SerialConsoleConfig;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WebSocketSerialChannelTest {
    private static final WebSocketSerialConfig CONFIG =
            new WebSocketSerialConfig(Duration.ofMillis(100), Duration.ofSeconds(5), 8 << 10, 64 << 10);

    private final FakeDevice device =
            new FakeDevice(new SerialConsoleConfig(64 << 10, 1 << 10, Duration.ofSeconds(30), 8));
    private final ConsoleGrant grant = new ConsoleGrant("alice", "web", device.console(), true);

    @AfterEach
    void close() {
        device.close();
    }

    @Test
    void test_greeting_names_the_machine_the_role_and_where_the_bytes_begin() throws Exception {
        device.send("boot".getBytes(ISO_8859_1));
        await("output", () -> device.console().outputOffset() == 4);
        RecordingClient client = new RecordingClient();

        open(client, Map.of());

        assertThat(client.texts)
                .containsExactly(("{'type':'hello','vm':'web','role':'writer','mayWrite':true,'stream':'"
                                + device.console().stream() + "','offset':0,'head':4,'ringSize':65536}")
                        .replace('\'', '"'));
        await("scroll-back", () -> client.size() == 4);
    }

    @Test
    void test_bytes_are_exact_both_ways() throws Exception {
        byte[] out = random(1 << 20);
        byte[] in = random(64 << 10);
        RecordingClient client = new RecordingClient();
        WebSocketSerialChannel channel = open(client, Map.of());

        device.send(out);
        channel.receiveBinary(ByteBuffer.wrap(in));

        await("all output", () -> client.size() == out.length);
        await("all input", () -> device.received().length == in.length);
        assertThat(client.output()).isEqualTo(out);
        assertThat(device.received()).isEqualTo(in);
    }

    @Test
    void test_reconnect_continues_with_the_very_next_byte() throws Exception {
        byte[] out = random(50_000);
        RecordingClient first = new RecordingClient();
        WebSocketSerialChannel channel = open(first, Map.of());
        device.send(Arrays.copyOf(out, 20_000));
        await("a part", () -> first.size() == 20_000);
        channel.close();
        device.send(Arrays.copyOfRange(out, 20_000, out.length));
        RecordingClient second = new RecordingClient();

        open(second, Map.of("since", "20000", "stream", device.console().stream()));

        await("the rest", () -> second.size() == 30_000);
        assertThat(second.output()).isEqualTo(Arrays.copyOfRange(out, 20_000, out.length));
        assertThat(second.texts).hasSize(1).first().asString().contains("\"offset\":20000");
    }

    @Test
    void test_offset_of_another_stream_is_ignored() throws Exception {
        device.send("fresh".getBytes(ISO_8859_1));
        await("output", () -> device.console().outputOffset() == 5);
        RecordingClient client = new RecordingClient();

        open(client, Map.of("since", "3", "stream", "0000000000000000"));

        await("all of it", () -> client.size() == 5);
    }

    @Test
    void test_client_that_comes_too_late_is_told_what_is_lost() throws Exception {
        device.send(random(200_000));
        await("output", () -> device.console().outputOffset() == 200_000);
        RecordingClient client = new RecordingClient();

        open(client, Map.of("since", "100"));

        await("the notice", () -> client.texts.size() == 2);
        assertThat(client.texts.get(1)).isEqualTo("{\"type\":\"lost\",\"offset\":100,\"length\":134364}");
    }

    @Test
    void test_take_over_changes_both_roles() throws Exception {
        RecordingClient first = new RecordingClient();
        WebSocketSerialChannel channel = open(first, Map.of());
        RecordingClient second = new RecordingClient();
        open(second, Map.of());
        await("the loss", () -> first.texts.contains("{\"type\":\"role\",\"role\":\"viewer\",\"by\":\"test\"}"));
        channel.receiveBinary(ByteBuffer.wrap(new byte[] {'x'}));
        assertThat(first.texts).contains("{\"type\":\"notice\",\"code\":\"readOnly\"}");

        channel.receiveText("{\"type\":\"takeOver\"}");

        await("the gain", () -> first.texts.contains("{\"type\":\"role\",\"role\":\"writer\",\"by\":\"test\"}"));
        await("the loss", () -> second.texts.contains("{\"type\":\"role\",\"role\":\"viewer\",\"by\":\"test\"}"));
    }

    @Test
    void test_break_and_ping_are_obeyed() throws Exception {
        RecordingClient client = new RecordingClient();
        WebSocketSerialChannel channel = open(client, Map.of());

        channel.receiveBinary(ByteBuffer.wrap(new byte[] {'a'}));
        channel.receiveText("{\"type\":\"break\"}");
        channel.receiveBinary(ByteBuffer.wrap(new byte[] {'b'}));
        channel.receiveText("{\"type\":\"ping\",\"id\":42}");

        await("input", () -> device.log().equals("a<BREAK>b"));
        assertThat(client.texts).contains("{\"type\":\"pong\",\"id\":42}");
    }

    @Test
    void test_quiet_client_is_pinged_and_stays_while_it_answers() throws Exception {
        RecordingClient client = new RecordingClient();
        WebSocketSerialChannel channel = open(client, Map.of());
        for (int seen = 0; client.pings.get() < 8; ) {
            if (client.pings.get() > seen) {
                seen = client.pings.get();
                channel.receivePong();
            }
            Thread.sleep(5);
        }
        assertThat(client.closeCode).isZero();

        await("the end of a silent one", () -> client.closeCode == WebSocketSerialChannel.CLIENT_SILENT);
        assertThat(device.console().counters().sessionsNow()).isZero();
    }

    @Test
    void test_malformed_and_oversized_messages_end_the_connection() throws Exception {
        RecordingClient client = new RecordingClient();
        open(client, Map.of()).receiveText("{\"type\":\"sudo\"}");
        assertThat(client.closeCode).isEqualTo(1008);

        RecordingClient another = new RecordingClient();
        open(another, Map.of()).receiveBinary(ByteBuffer.allocate(CONFIG.inputMessageMaximum() + 1));
        assertThat(another.closeCode).isEqualTo(1009);
        assertThat(device.console().counters().sessionsNow()).isZero();
    }

    @Test
    void test_slow_viewer_does_not_slow_the_writer() throws Exception {
        byte[] out = random(500_000);
        RecordingClient slow = new RecordingClient();
        slow.reads.drainPermits();
        open(slow, Map.of("role", "viewer"));
        RecordingClient writer = new RecordingClient();
        open(writer, Map.of());

        device.send(out);
        await("all output", () -> writer.size() == out.length);
        slow.reads.release(1 << 20);

        assertThat(writer.output()).isEqualTo(out);
        await("the notice", () -> slow.texts.stream().anyMatch(text -> text.contains("lost")));
    }

    @Test
    void test_end_of_the_machine_closes_the_connection() throws Exception {
        RecordingClient client = new RecordingClient();
        open(client, Map.of());

        device.console().close();

        await("the close", () -> client.closeCode == WebSocketSerialChannel.CONSOLE_CLOSED);
    }

    @Test
    void test_senseless_requests_are_refused() {
        assertThatThrownBy(() -> WebSocketSerialRequest.of(Map.of("since", "-1")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WebSocketSerialRequest.of(Map.of("since", "9".repeat(30))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WebSocketSerialRequest.of(Map.of("role", "root")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private WebSocketSerialChannel open(RecordingClient client, Map<String, String> query) throws Exception {
        return WebSocketSerialChannel.open(grant, WebSocketSerialRequest.of(query), "test", CONFIG, client);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
