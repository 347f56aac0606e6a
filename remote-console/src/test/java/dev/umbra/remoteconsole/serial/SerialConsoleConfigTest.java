// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SerialConsoleConfigTest {
    @Test
    void test_defaults() {
        assertThat(SerialConsoleConfig.defaults())
                .isEqualTo(new SerialConsoleConfig(1_048_576, 65_536, Duration.ofSeconds(30), 32));
        assertThat(SerialConsoleConfig.defaults().storageSize()).isEqualTo(128 + 2 * 65_536 + 1_048_576 + 131_072);
    }

    @ParameterizedTest
    @CsvSource({"5000, 256, 1", "2048, 256, 1", "134217728, 256, 1", "4096, 100, 1", "4096, 128, 1", "4096, 256, 0"})
    void test_senseless_values_are_refused(int scrollBack, int inputQueue, int sessions) {
        assertThatThrownBy(() -> new SerialConsoleConfig(scrollBack, inputQueue, Duration.ofSeconds(1), sessions))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
