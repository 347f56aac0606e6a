// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.remoteconsole.graphical.GraphicalConsoleConfig;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RfbConfigTest {
    @Test
    void test_session_defaults() {
        assertThat(RfbSessionConfig.defaults())
                .isEqualTo(new RfbSessionConfig(
                        Duration.ofSeconds(30),
                        Duration.ZERO,
                        Duration.ofSeconds(60),
                        4096,
                        false,
                        Duration.ofMillis(10),
                        "us"));
    }

    @Test
    void test_server_defaults() {
        assertThat(RfbServerConfig.defaults(5900))
                .isEqualTo(new RfbServerConfig(
                        "0.0.0.0",
                        5900,
                        RfbSessionConfig.defaults(),
                        Optional.empty(),
                        false,
                        256,
                        16,
                        10,
                        50,
                        Duration.ofMinutes(1),
                        262_144));
    }

    @Test
    void test_console_defaults() {
        assertThat(GraphicalConsoleConfig.defaults())
                .isEqualTo(new GraphicalConsoleConfig(64, Duration.ofMillis(10), Duration.ofMillis(40)));
    }

    @Test
    void test_nonsense_is_refused() {
        assertThatThrownBy(() -> RfbServerConfig.defaults(65_536)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new GraphicalConsoleConfig(1, Duration.ofMillis(2), Duration.ofMillis(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
