// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a client sends as control is either a message of the protocol or refused; nothing else comes out. */
class ClientMessageFuzzTest {
    @FuzzTest(maxDuration = "20s")
    void fuzz_control_message(FuzzedDataProvider data) {
        parse(data.consumeRemainingAsString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "null",
                "[]",
                "{}",
                "7",
                "{\"type\":7}",
                "{\"type\":\"\"}",
                "{\"type\":\"ping\"}",
                "{\"type\":\"ping\",\"id\":1e400}",
                "{\"type\":\"ping\",\"id\":99999999999999999999}",
                "{\"type\":\"break\"} {}",
                "{\"type\":\"break\",\"type\":{}}"
            })
    void test_malformed_message_is_refused(String text) {
        assertThat(parse(text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 100_000})
    void test_deep_nesting_is_refused(int depth) {
        assertThat(parse("[".repeat(depth))).isFalse();
    }

    private static boolean parse(String text) {
        try {
            assertThat(ClientMessage.parse(text)).isNotNull();
            return true;
        } catch (ClientMessage.MalformedException refused) {
            return false;
        }
    }
}
