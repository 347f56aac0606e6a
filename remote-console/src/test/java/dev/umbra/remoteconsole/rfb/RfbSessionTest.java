// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.remoteconsole.graphical.GraphicalAttachment;
import dev.umbra.remoteconsole.graphical.GraphicalRole;
import dev.umbra.remoteconsole.rfb.encoding.Encodings;
import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;
import dev.umbra.remoteconsole.serial.FakeDevice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RfbSessionTest {
    private final Machine machine = new Machine(320, 200);

    @AfterEach
    void close() {
        machine.close();
    }

    @Test
    void test_extended_keys_pass_unchanged_and_are_released_at_the_end() throws Exception {
        Machine.Pipe pipe = machine.connect(PixelFormat.NATIVE);
        pipe.client.open(Encodings.QEMU_EXTENDED_KEY);
        pipe.client.request(true);
        pipe.client.awaitUpdate();
        assertThat(pipe.client.extendedKey).isTrue();
        pipe.client.send(extendedKey(true, 0x1e));
        pipe.client.send(extendedKey(true, 0xb8));
        pipe.client.send(extendedKey(false, 0x1e));
        pipe.client.send(extendedKey(true, 0xc6));
        pipe.session.close();
        assertThat(machine.input.events()).containsExactly("+1e", "+b8", "-1e", "+c6", "-b8", "-c6");
    }

    @Test
    void test_symbols_become_keys() throws Exception {
        Machine.Pipe pipe = machine.connect(PixelFormat.NATIVE);
        pipe.client.open();
        pipe.client.send(key(true, 'A'));
        pipe.client.send(key(false, 'A'));
        pipe.client.send(key(true, 0x12345));
        assertThat(machine.input.events()).containsExactly("+2a", "+1e", "-2a", "-1e");
        assertThat(machine.counters.values().keysUnknown()).isEqualTo(1);
    }

    @Test
    void test_pointer_stays_inside_the_picture() throws Exception {
        Machine.Pipe pipe = machine.connect(PixelFormat.NATIVE);
        pipe.client.open();
        pipe.client.send(
                Unpooled.buffer().writeByte(5).writeByte(1).writeShort(10).writeShort(65535));
        pipe.session.close();
        assertThat(machine.input.events()).containsExactly("@10,199/320x200:1", "@10,199/320x200:0");
    }

    @Test
    void test_viewer_cannot_type_and_take_over_is_told_by_name() throws Exception {
        Machine.Pipe first = machine.connect(PixelFormat.NATIVE);
        first.client.open(Encodings.DESKTOP_NAME);
        first.client.request(false);
        first.client.awaitUpdate();
        first.client.send(extendedKey(true, 0x2a));
        assertThat(first.client.name).isEqualTo("vm-1");
        Machine.Pipe second = machine.connect(PixelFormat.NATIVE);
        second.client.open();
        first.client.request(true);
        first.client.awaitUpdate();
        assertThat(first.client.name).contains("taken over by test");
        first.client.send(extendedKey(true, 0x1e));
        assertThat(machine.input.events()).containsExactly("+2a", "-2a");
        assertThat(machine.console.counters().inputRefused()).isEqualTo(1);
        assertThat(first.session.graphical().takeOver()).isTrue();
        assertThat(first.session.graphical().role()).isEqualTo(GraphicalRole.WRITER);
        assertThat(machine.console.counters().takeOvers()).isEqualTo(2);
    }

    @Test
    void test_fences_are_answered_in_order_with_what_they_surround() throws Exception {
        Machine.Pipe pipe = machine.connect(PixelFormat.NATIVE);
        pipe.client.open(Encodings.FENCE, Encodings.CONTINUOUS_UPDATES);
        pipe.client.readMessage();
        pipe.client.readMessage();
        assertThat(pipe.client.others.get(0)[0]).isEqualTo((byte) 248);
        assertThat(pipe.client.others.get(1)).containsExactly(150);
        pipe.client.send(fence(0x80000003, 1, 2, 3));
        pipe.client.readMessage();
        assertThat(pipe.client.others.get(2)).containsExactly(248, 0, 0, 0, 0, 0, 0, 3, 3, 1, 2, 3);
        pipe.client.send(fence(0x80000004));
        assertThat(pipe.waiting()).isZero();
        pipe.client.request(false);
        List<Boolean> updates = new ArrayList<>();
        updates.add(pipe.client.readMessage());
        updates.add(pipe.client.readMessage());
        assertThat(updates).containsExactlyInAnyOrder(true, false);
    }

    @Test
    void test_continuous_updates_come_without_requests() throws Exception {
        Machine.Pipe pipe = machine.connect(PixelFormat.NATIVE);
        pipe.client.open(Encodings.CONTINUOUS_UPDATES);
        pipe.client.readMessage();
        pipe.client.send(continuous(true));
        pipe.client.awaitUpdate();
        for (int step = 0; step < 3; step++) {
            machine.screen.set(step, 0, 0xffffff);
            pipe.client.awaitUpdate();
        }
        pipe.client.send(continuous(false));
        while (pipe.client.readMessage()) {
            // updates on their way
        }
        assertThat(pipe.client.others.getLast()).containsExactly(150);
    }

    @Test
    void test_size_is_told_and_a_wish_for_one_refused() throws Exception {
        Machine.Pipe pipe = machine.connect(PixelFormat.NATIVE);
        pipe.client.open(Encodings.EXTENDED_DESKTOP_SIZE);
        pipe.client.request(true);
        pipe.client.awaitUpdate();
        assertThat(pipe.client.sizeStatus).isZero();
        pipe.client.request(true);
        pipe.client.send(Unpooled.buffer()
                .writeByte(251)
                .writeByte(0)
                .writeShort(100)
                .writeShort(100)
                .writeByte(0)
                .writeByte(0));
        while (pipe.client.sizeStatus == 0) {
            pipe.client.request(true);
            pipe.client.awaitUpdate();
        }
        assertThat(pipe.client.sizeReason).isEqualTo(1);
        assertThat(pipe.client.sizeStatus).isEqualTo(1);
        machine.screen.resize(100, 50);
        while (pipe.client.picture().width() != 100) {
            pipe.client.request(true);
            pipe.client.awaitUpdate();
        }
    }

    @Test
    void test_lights_are_told() throws Exception {
        Machine.Pipe pipe = machine.connect(PixelFormat.NATIVE);
        pipe.client.open(Encodings.QEMU_LED_STATE);
        pipe.client.request(false);
        pipe.client.awaitUpdate();
        assertThat(pipe.client.leds).isZero();
        pipe.client.request(true);
        machine.input.leds = 4;
        machine.console.ledsChanged();
        pipe.client.awaitUpdate();
        assertThat(pipe.client.leds).isEqualTo(4);
    }

    @Test
    void test_power_keys_ask_and_are_answered() throws Exception {
        List<RfbPower.Action> asked = new ArrayList<>();
        machine.power = action -> {
            asked.add(action);
            return action == RfbPower.Action.RESET;
        };
        Machine.Pipe pipe = machine.connect(PixelFormat.NATIVE);
        pipe.client.open(Encodings.XVP);
        pipe.client.readMessage();
        assertThat(pipe.client.others.getLast()).containsExactly(0, 1, 1);
        pipe.client.send(Unpooled.wrappedBuffer(new byte[] {(byte) 250, 0, 1, 4}));
        pipe.client.send(Unpooled.wrappedBuffer(new byte[] {(byte) 250, 0, 1, 2}));
        pipe.client.readMessage();
        assertThat(asked).containsExactly(RfbPower.Action.RESET, RfbPower.Action.SHUTDOWN);
        assertThat(pipe.client.others.getLast()).containsExactly(0, 1, 0);
    }

    @Test
    void test_text_that_the_layout_cannot_type_is_refused_as_a_whole_and_told() throws Exception {
        machine.config = new RfbSessionConfig(
                Duration.ofSeconds(5), Duration.ZERO, Duration.ofSeconds(5), 1000, true, Duration.ofNanos(1000), "us");
        Machine.Pipe pipe = machine.connect(PixelFormat.NATIVE);
        pipe.client.open(Encodings.EXTENDED_CLIPBOARD);
        pipe.client.readMessage();

        pipe.client.send(provide("h\u00e4sslich \u00e4\u00df"));

        FakeDevice.await("the refusal", () -> "\u00e4\u00df".equals(pipe.notTyped));
        assertThat(machine.input.events()).isEmpty();
        assertThat(machine.counters.values().keysUnknown()).isEqualTo(2);
        assertThat(machine.counters.values().clipboardDropped()).isEqualTo(1);
    }

    @Test
    void test_clipboard_is_typed_when_switched_on_only() throws Exception {
        Machine.Pipe deaf = machine.connect(PixelFormat.NATIVE);
        deaf.client.open();
        deaf.client.send(cutText("x"));
        assertThat(machine.counters.values().clipboardDropped()).isEqualTo(1);
        deaf.session.close();
        machine.config = new RfbSessionConfig(
                Duration.ofSeconds(5), Duration.ZERO, Duration.ofSeconds(5), 1000, true, Duration.ofNanos(1000), "de");
        Machine.Pipe pipe = machine.connect(PixelFormat.NATIVE);
        pipe.client.open(Encodings.EXTENDED_CLIPBOARD);
        pipe.client.readMessage();
        pipe.client.send(provide("z\u00e9@\n"));
        FakeDevice.await("the text to be typed", () -> machine.input.events().size() == 12);
        assertThat(machine.input.events())
                .containsExactly("+15", "-15", "+d", "-d", "+12", "-12", "+b8", "+10", "-b8", "-10", "+1c", "-1c");
    }

    @Test
    void test_stalled_client_costs_nothing_and_gets_the_latest_state() throws Exception {
        Machine.Pipe slow = machine.connect(PixelFormat.NATIVE, GraphicalRole.VIEWER);
        slow.client.open(Encodings.RAW, Encodings.CONTINUOUS_UPDATES);
        slow.client.readMessage();
        Machine.Pipe quick = machine.connect(PixelFormat.NATIVE);
        quick.client.open(Encodings.RAW);
        slow.client.send(continuous(true));
        slow.client.awaitUpdate();
        slow.setWritable(false);
        Random random = new Random(3);
        for (int step = 0; step < 50; step++) {
            machine.screen.scroll(100, random);
            quick.client.request(true);
            quick.client.awaitUpdate();
        }
        assertThat(slow.waiting()).isLessThan(2 * 320 * 200 * 4);
        slow.setWritable(true);
        int[] shown = machine.screen.pixels();
        while (!java.util.Arrays.equals(slow.client.picture().pixels(), shown)) {
            slow.client.awaitUpdate();
        }
        slow.session.close();
    }

    @Test
    void test_client_that_takes_nothing_is_closed() throws Exception {
        machine.config = new RfbSessionConfig(
                Duration.ofSeconds(5), Duration.ZERO, Duration.ofMillis(1), 0, false, Duration.ofMillis(1), "us");
        Machine.Pipe pipe = machine.connect(PixelFormat.NATIVE);
        pipe.client.open();
        pipe.setWritable(false);
        FakeDevice.await("the session to end", () -> pipe.closed);
        assertThat(machine.counters.values().timeouts()).isEqualTo(1);
    }

    @Test
    void test_handshake_that_does_not_end_is_ended() throws Exception {
        machine.config = new RfbSessionConfig(
                Duration.ofMillis(1), Duration.ZERO, Duration.ofSeconds(1), 0, false, Duration.ofMillis(1), "us");
        Machine.Pipe pipe = machine.connect(PixelFormat.NATIVE);
        FakeDevice.await("the session to end", () -> pipe.closed);
    }

    @Test
    void test_client_that_sends_without_reading_is_ended() throws Exception {
        Machine.Pipe pipe = machine.connect(PixelFormat.NATIVE);
        pipe.client.open();
        pipe.setWritable(false);
        for (int count = 0; count < 300; count++) {
            pipe.client.send(fence(0x80000000));
        }
        FakeDevice.await("the session to end", () -> pipe.closed);
        assertThat(machine.counters.values().protocolErrors()).isEqualTo(1);
    }

    @Test
    void test_machine_that_is_gone_ends_the_session() throws Exception {
        Machine.Pipe pipe = machine.connect(PixelFormat.NATIVE);
        pipe.client.open();
        machine.console.close();
        FakeDevice.await("the session to end", () -> pipe.closed);
    }

    @Test
    void test_too_many_sessions_are_refused() throws Exception {
        for (int count = 0; count < 4; count++) {
            machine.console.attach(GraphicalAttachment.viewer("other"), () -> {});
        }
        Machine.Pipe pipe = machine.connect(PixelFormat.NATIVE);
        try {
            pipe.client.open();
        } catch (IOException ended) {
            assertThat(pipe.closed).isTrue();
        }
        assertThat(machine.console.counters().sessionsRefused()).isEqualTo(1);
    }

    static ByteBuf extendedKey(boolean pressed, int number) {
        return Unpooled.buffer()
                .writeByte(255)
                .writeByte(0)
                .writeShort(pressed ? 1 : 0)
                .writeInt(0)
                .writeInt(number);
    }

    static ByteBuf key(boolean pressed, int symbol) {
        return Unpooled.buffer()
                .writeByte(4)
                .writeBoolean(pressed)
                .writeShort(0)
                .writeInt(symbol);
    }

    private static ByteBuf fence(int flags, int... payload) {
        ByteBuf message = Unpooled.buffer().writeByte(248).writeZero(3).writeInt(flags);
        message.writeByte(payload.length);
        for (int value : payload) {
            message.writeByte(value);
        }
        return message;
    }

    private static ByteBuf continuous(boolean enabled) {
        return Unpooled.buffer()
                .writeByte(150)
                .writeBoolean(enabled)
                .writeInt(0)
                .writeShort(320)
                .writeShort(200);
    }

    private static ByteBuf cutText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return Unpooled.buffer().writeInt(6 << 24).writeInt(bytes.length).writeBytes(bytes);
    }

    private static ByteBuf provide(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(compressed)) {
            deflater.write(new byte[] {0, 0, 0, (byte) bytes.length});
            deflater.write(bytes);
        }
        return Unpooled.buffer()
                .writeInt(6 << 24)
                .writeInt(-4 - compressed.size())
                .writeInt(0x10000001)
                .writeBytes(compressed.toByteArray());
    }
}
