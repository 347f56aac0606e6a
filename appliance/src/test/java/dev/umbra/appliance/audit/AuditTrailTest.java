// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.appliance.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AuditTrailTest {
    private final TestDatabase database = new TestDatabase();

    @Test
    void pages_go_back_in_time_without_gap_or_repetition() {
        for (int number = 0; number < 7; number++) {
            record("alice", "n" + number);
        }

        List<AuditEntry> first = page(OptionalLong.empty());
        List<AuditEntry> second = page(OptionalLong.of(first.getLast().id()));
        List<AuditEntry> third = page(OptionalLong.of(second.getLast().id()));

        assertThat(first).extracting(entry -> entry.event().detail()).containsExactly("n6", "n5", "n4");
        assertThat(second).extracting(entry -> entry.event().detail()).containsExactly("n3", "n2", "n1");
        assertThat(third).extracting(entry -> entry.event().detail()).containsExactly("n0");
    }

    @Test
    void tenant_reads_its_own_trail_only() {
        record("alice", "hers");
        record("bob", "his");

        assertThat(database.audit.entries(Optional.of("alice"), Optional.empty(), OptionalLong.empty(), 10))
                .singleElement()
                .extracting(entry -> entry.event().detail())
                .isEqualTo("hers");
    }

    @Test
    void entries_that_are_too_old_are_pruned_and_counted() {
        record("alice", "old");
        database.pass(Duration.ofDays(2));
        record("alice", "new");

        assertThat(database.audit.prune(Duration.ofDays(1), 100)).isEqualTo(1);

        assertThat(page(OptionalLong.empty())).hasSize(1);
        assertThat(database.audit.pruned()).isEqualTo(1);
    }

    @Test
    void entries_beyond_the_maximum_are_pruned_oldest_first() {
        for (int number = 0; number < 5; number++) {
            record("alice", "n" + number);
        }

        assertThat(database.audit.prune(Duration.ofDays(1), 2)).isEqualTo(3);

        assertThat(page(OptionalLong.empty()))
                .extracting(entry -> entry.event().detail())
                .containsExactly("n4", "n3");
    }

    @Test
    void entry_that_cannot_be_stored_is_counted_and_does_not_fail_the_deed() {
        database.client.sql("drop table audit_entry").update();

        record("alice", "lost");

        assertThat(database.audit.lost()).isEqualTo(1);
    }

    @Test
    void long_detail_is_cut() {
        record("alice", "x".repeat(2000));

        assertThat(page(OptionalLong.empty()).getFirst().event().detail()).hasSize(AuditEvent.LONGEST_DETAIL);
    }

    private void record(String tenant, String detail) {
        database.audit.record(
                AuditEvent.of(AuditKind.PAUSED).on(UUID.randomUUID(), tenant).detail(detail));
    }

    private List<AuditEntry> page(OptionalLong before) {
        return database.audit.entries(Optional.empty(), Optional.empty(), before, 3);
    }
}
