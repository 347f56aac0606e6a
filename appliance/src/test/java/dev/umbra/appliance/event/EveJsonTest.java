// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.introspection.Severity;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class EveJsonTest {
    @Test
    void line_has_time_type_vm_and_what_was_seen() {
        assertThat(EveJson.line(TestEvents.event("process-hidden")))
                .isEqualTo("{\"timestamp\":\"2026-03-01T12:00:00.123456+0000\",\"event_type\":\"umbra\","
                        + "\"vm\":{\"id\":\"00000000-0000-0000-0000-000000000001\",\"name\":\"web-1\",\"tenant\":\"alice\"},"
                        + "\"umbra\":{\"kind\":\"process-hidden\",\"severity\":\"critical\",\"action\":\"opened\","
                        + "\"running_as\":\"00000000-0000-0000-0000-000000000002/7\",\"subject\":\"process 211\","
                        + "\"evidence\":[\"pid=211\"]}}");
    }

    @Test
    void line_is_one_line_of_ascii_whatever_is_in_it() {
        String line = EveJson.line(TestEvents.event("k", Severity.NOTICE, List.of("a\n\"b\"\u2028\ud83d\ude00\u0000")));

        assertThat(line).matches("[ -~]+").contains("\\u2028", "\\n", "\\u0000");
    }

    @Test
    void long_and_many_pieces_of_evidence_are_cut_and_counted() {
        String line =
                EveJson.line(TestEvents.event("k", Severity.NOTICE, Collections.nCopies(100, "x".repeat(10_000))));

        assertThat(line).contains("\"evidence_omitted\":84").hasSizeLessThan(8192);
    }
}
