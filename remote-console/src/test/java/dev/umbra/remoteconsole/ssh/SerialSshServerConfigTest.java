// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SerialSshServerConfigTest {
    @Test
    void test_defaults() {
        Path key = Path.of("key");

        assertThat(SerialSshServerConfig.defaults(2222, key))
                .isEqualTo(new SerialSshServerConfig(
                        "0.0.0.0",
                        2222,
                        key,
                        Duration.ofSeconds(60),
                        Duration.ZERO,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(30),
                        256,
                        16,
                        10,
                        50,
                        Duration.ofMinutes(1)));
    }
}
