// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.introspection.Severity;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SyslogMessageTest {
    @Test
    void message_has_the_header_of_rfc_5424_and_the_line() {
        long pid = ProcessHandle.current().pid();

        assertThat(SyslogMessage.of(TestEvents.event("process-hidden"), "{}", 13, "appliance"))
                .isEqualTo("<106>1 2026-03-01T12:00:00.123456Z appliance umbra " + pid + " process-hidden - {}");
    }

    @ParameterizedTest
    @CsvSource({"NOTICE, 0, <5>1", "WARNING, 4, <36>1", "CRITICAL, 23, <186>1"})
    void priority_is_facility_and_severity(Severity severity, int facility, String expected) {
        assertThat(SyslogMessage.of(TestEvents.event("k", severity, List.of()), "{}", facility, "-"))
                .startsWith(expected);
    }

    @Test
    void message_id_is_cut_at_its_longest() {
        assertThat(SyslogMessage.of(TestEvents.event("k".repeat(99)), "{}", 13, "-"))
                .contains(" " + "k".repeat(32) + " - {}");
    }
}
