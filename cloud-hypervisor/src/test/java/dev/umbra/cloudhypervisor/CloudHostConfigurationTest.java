// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CloudHostConfigurationTest {
    private static final Path STATE = Path.of("state");

    @Test
    void defaults() {
        assertThat(CloudHostConfiguration.defaults(STATE))
                .isEqualTo(new CloudHostConfiguration(
                        STATE,
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5),
                        256,
                        5,
                        50,
                        Duration.ofSeconds(10)));
        assertThat(CloudHostConfiguration.defaults(STATE)
                        .withPseudoDevice(Path.of("helper"))
                        .pseudoDevice())
                .contains(Path.of("helper"));
    }

    @Test
    void impossibleValuesAreRefused() {
        assertThatThrownBy(() -> new CloudHostConfiguration(
                        STATE,
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ZERO,
                        Duration.ofSeconds(1),
                        1,
                        1,
                        1,
                        Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new CloudHostConfiguration(
                        STATE,
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        1,
                        5,
                        4,
                        Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
