// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.testbed.Pause;
import dev.umbra.e2e.vnc.VncClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every key a client presses is the same key to the tenant's kernel, in the same order; pointers are where the client put them. */
@Order(11)
class KeyboardIT {
    private static final String VM = "tenant-a";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration BETWEEN_KEYS = Duration.ofMillis(60);
    private static final int ALT = 0x38;
    private static final int ALT_GR = 0xb8;
    private static final int PRINT = 0xb7;
    private static final int PAUSE = 0xc6;
    private static final int LAST_SAME_CODE = 0x58;
    private static final int WIDTH = 1280;
    private static final int HEIGHT = 800;

    /** Linux's codes of the keys whose code is not their number (input-event-codes.h). */
    private static final Map<Integer, Integer> CODES = Map.ofEntries(
            Map.entry(0x70, 93),
            Map.entry(0x73, 89),
            Map.entry(0x79, 92),
            Map.entry(0x7b, 94),
            Map.entry(0x7d, 124),
            Map.entry(0x9c, 96),
            Map.entry(0x9d, 97),
            Map.entry(0xb5, 98),
            Map.entry(PRINT, 99),
            Map.entry(ALT_GR, 100),
            Map.entry(0xc7, 102),
            Map.entry(0xc8, 103),
            Map.entry(0xc9, 104),
            Map.entry(0xcb, 105),
            Map.entry(0xcd, 106),
            Map.entry(0xcf, 107),
            Map.entry(0xd0, 108),
            Map.entry(0xd1, 109),
            Map.entry(0xd2, 110),
            Map.entry(0xd3, 111),
            Map.entry(PAUSE, 119),
            Map.entry(0xdb, 125),
            Map.entry(0xdc, 126),
            Map.entry(0xdd, 127));

    private static VncClient client;

    private static int code(int number) {
        return number <= LAST_SAME_CODE ? number : CODES.get(number);
    }

    @BeforeAll
    static void connect() {
        client = VncClient.connect(TESTBED, VM);
        client.awaitExtendedKeys(PATIENCE);
    }

    @AfterAll
    static void disconnect() {
        client.close();
    }

    static List<Arguments> layouts() {
        return List.of(
                // Dead circumflex and acute, umlauts, the key right of left Shift; AltGr with Q, E, 7 and that key.
                Arguments.of(
                        "German",
                        List.of(0x29, 0x0c, 0x0d, 0x1a, 0x1b, 0x27, 0x28, 0x2b, 0x56, 0x15, 0x2c, 0x35),
                        List.of(0x10, 0x12, 0x08, 0x56)),
                // Superscript two, digits row, dead circumflex, A and Q, Z and W, M; AltGr with the digits.
                Arguments.of(
                        "French",
                        List.of(
                                0x29, 0x02, 0x03, 0x0b, 0x0c, 0x1a, 0x1b, 0x28, 0x2b, 0x56, 0x10, 0x1e, 0x2c, 0x27,
                                0x32),
                        List.of(0x03, 0x04, 0x05, 0x0b, 0x0d)),
                // Half width, yen, ro, no conversion, conversion, kana.
                Arguments.of("Japanese", List.of(0x29, 0x7d, 0x73, 0x7b, 0x79, 0x70, 0x2b, 0x0d, 0x1a), List.of(0x12)));
    }

    @ParameterizedTest(name = "{0}")
    @Order(1)
    @MethodSource("layouts")
    void test_keys_ofLayout_areSeenExactly(String layout, List<Integer> keys, List<Integer> withAltGr) {
        List<String> expected = new ArrayList<>();
        try (KeyLog log = new KeyLog(VM)) {
            keys.forEach(key -> press(key, expected));
            change(ALT_GR, true, expected);
            withAltGr.forEach(key -> press(key, expected));
            change(ALT_GR, false, expected);
            verify(log, expected);
        }
    }

    @Test
    @Order(2)
    void test_keysOfManyBytes_areSeenExactly() {
        List<String> expected = new ArrayList<>();
        try (KeyLog log = new KeyLog(VM)) {
            press(PAUSE, expected);
            press(PRINT, expected);
            change(ALT, true, expected);
            press(PRINT, expected);
            change(ALT, false, expected);
            CODES.keySet().stream().sorted().filter(key -> key > ALT_GR).forEach(key -> press(key, expected));
            verify(log, expected);
        }
    }

    @Test
    @Order(3)
    void test_thirtyKeysHeldAtOnce_areSeenExactly() {
        List<Integer> keys = new ArrayList<>(
                IntStream.of(IntStream.concat(IntStream.rangeClosed(0x02, 0x0b), IntStream.rangeClosed(0x10, 0x19))
                                .toArray())
                        .boxed()
                        .toList());
        IntStream.rangeClosed(0x1e, 0x26).forEach(keys::add);
        keys.add(0x2c);
        assertThat(keys).hasSize(30);
        List<String> expected = new ArrayList<>();
        try (KeyLog log = new KeyLog(VM)) {
            keys.forEach(key -> change(key, true, expected));
            Collections.reverse(keys);
            keys.forEach(key -> change(key, false, expected));
            verify(log, expected);
        }
    }

    private static void press(int key, List<String> expected) {
        change(key, true, expected);
        change(key, false, expected);
    }

    private static void change(int key, boolean pressed, List<String> expected) {
        client.key(key, pressed);
        // Faster, the kernel's queue for programs, 64 events long, overflows beside an emulated processor.
        Pause.of(BETWEEN_KEYS);
        expected.add("key " + code(key) + (pressed ? " 1" : " 0"));
    }

    private static void verify(KeyLog log, List<String> expected) {
        log.await(lines -> log.keys().size() >= expected.size(), PATIENCE);
        assertThat(log.keys()).containsExactlyElementsOf(expected);
    }

    @Test
    @Order(4)
    void test_pointer_isWhereTheClientPutIt() {
        try (KeyLog log = new KeyLog(VM)) {
            for (int[] place : new int[][] {
                {100, 100}, {0, 0}, {WIDTH - 1, HEIGHT - 1}, {0, HEIGHT - 1}, {WIDTH - 1, 0}, {640, 400}, {641, 401}
            }) {
                client.pointer(place[0], place[1], 0);
                String x = Integer.toString(place[0] * 0xffff / (WIDTH - 1));
                String y = Integer.toString(place[1] * 0xffff / (HEIGHT - 1));
                log.await(
                        lines ->
                                log.last("abs 0").equals(x) && log.last("abs 1").equals(y),
                        PATIENCE);
                assertThat(log.last("abs 0")).isEqualTo(x);
                assertThat(log.last("abs 1")).isEqualTo(y);
            }
        }
    }

    @Test
    @Order(5)
    void test_buttonsAndWheel_areSeenExactly() {
        List<String> expected = List.of(
                "key 272 1",
                "key 272 0",
                "key 274 1",
                "key 274 0",
                "key 273 1",
                "key 273 0",
                "key 272 1",
                "key 273 1",
                "key 272 0",
                "key 273 0");
        try (KeyLog log = new KeyLog(VM)) {
            for (int buttons : new int[] {1, 0, 2, 0, 4, 0, 1, 5, 4, 0}) {
                client.pointer(640, 400, buttons);
            }
            verify(log, expected);
            client.pointer(640, 400, 8);
            client.pointer(640, 400, 0);
            log.await(lines -> !log.last("rel 8").isEmpty(), PATIENCE);
            assertThat(log.last("rel 8")).isEqualTo("1");
            client.pointer(640, 400, 16);
            client.pointer(640, 400, 0);
            log.await(lines -> log.last("rel 8").equals("-1"), PATIENCE);
            assertThat(log.last("rel 8")).isEqualTo("-1");
        }
    }
}
