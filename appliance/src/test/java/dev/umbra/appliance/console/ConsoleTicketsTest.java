// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.account.Role;
import dev.umbra.appliance.problem.ProblemCode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ConsoleTicketsTest {
    private static final Account ALICE = new Account("alice", Role.TENANT);
    private static final Account BOB = new Account("bob", Role.TENANT);
    private static final UUID VM = UUID.randomUUID();

    private Instant now = Instant.parse("2026-03-01T12:00:00Z");
    private final ConsoleTickets tickets =
            new ConsoleTickets(new ConsoleProperties(Duration.ofSeconds(30), 2, 3, List.of()), () -> now);

    @Test
    void ticket_works_once() {
        ConsoleTickets.Ticket ticket = tickets.issue(ALICE, VM, ConsoleKind.SERIAL, ConsoleRole.WRITER);

        assertThat(tickets.consume(ticket.value()))
                .contains(new ConsoleTickets.Claim(
                        ALICE, VM, ConsoleKind.SERIAL, ConsoleRole.WRITER, now.plusSeconds(30)));
        assertThat(tickets.consume(ticket.value())).isEmpty();
    }

    @Test
    void ticket_is_for_one_kind_of_console_and_one_role() {
        ConsoleTickets.Ticket ticket = tickets.issue(ALICE, VM, ConsoleKind.GRAPHICAL, ConsoleRole.VIEWER);

        assertThat(tickets.consume(ticket.value()))
                .contains(new ConsoleTickets.Claim(
                        ALICE, VM, ConsoleKind.GRAPHICAL, ConsoleRole.VIEWER, now.plusSeconds(30)));
    }

    @Test
    void ticket_ends() {
        ConsoleTickets.Ticket ticket = tickets.issue(ALICE, VM, ConsoleKind.SERIAL, ConsoleRole.WRITER);
        now = now.plusSeconds(30);

        assertThat(tickets.consume(ticket.value())).isEmpty();
    }

    @Test
    void unknown_and_absurd_tickets_are_refused() {
        assertThat(tickets.consume("")).isEmpty();
        assertThat(tickets.consume("x".repeat(100_000))).isEmpty();
    }

    @Test
    void unused_tickets_are_bounded_per_account_and_in_total_and_room_comes_back() {
        tickets.issue(ALICE, VM, ConsoleKind.SERIAL, ConsoleRole.WRITER);
        tickets.issue(ALICE, VM, ConsoleKind.SERIAL, ConsoleRole.WRITER);
        refused(ALICE);
        tickets.issue(BOB, VM, ConsoleKind.SERIAL, ConsoleRole.VIEWER);
        refused(BOB);

        now = now.plusSeconds(30);

        tickets.issue(ALICE, VM, ConsoleKind.SERIAL, ConsoleRole.WRITER);
        assertThat(tickets.unused()).isEqualTo(1);
    }

    @Test
    void ticket_does_not_show_itself() {
        ConsoleTickets.Ticket ticket = tickets.issue(ALICE, VM, ConsoleKind.SERIAL, ConsoleRole.WRITER);

        assertThat(ticket.toString()).doesNotContain(ticket.value());
    }

    private void refused(Account account) {
        assertThatThrownBy(() -> tickets.issue(account, VM, ConsoleKind.SERIAL, ConsoleRole.WRITER))
                .hasMessage(ProblemCode.TOO_MANY_TICKETS.title());
    }
}
