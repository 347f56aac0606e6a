// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.enrolment.SecretHash;
import dev.umbra.appliance.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * One-time tickets for consoles. A browser cannot send credentials of its own with a WebSocket, and a cookie alone would open
 * consoles to any page; so a page that has proved itself by cookie and token gets a ticket for one account, one console of one VM and one
 * role, and puts it into the address. Addresses end in logs, hence the ticket works once and soon ends. Only hashes are kept, in memory: a
 * restart ends sessions anyway.
 */
public final class ConsoleTickets {
    /** What a ticket is good for. */
    public record Claim(Account account, UUID vm, ConsoleKind kind, ConsoleRole role, Instant expiresAt) {}

    /** A new ticket; its text form does not show it. */
    public record Ticket(String value, Instant expiresAt) {
        @Override
        public String toString() {
            return "Ticket[expiresAt=" + expiresAt + "]";
        }
    }

    private static final int LENGTH = 32;
    private static final int LONGEST = 64;

    private final ConsoleProperties limits;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<SecretHash, Claim> claims = new HashMap<>();

    public ConsoleTickets(ConsoleProperties limits, InstantSource clock) {
        this.limits = limits;
        this.clock = clock;
    }

    public synchronized Ticket issue(Account account, UUID vm, ConsoleKind kind, ConsoleRole role) {
        claims.values().removeIf(claim -> !clock.instant().isBefore(claim.expiresAt));
        long own = claims.values().stream()
                .filter(claim -> claim.account.equals(account))
                .count();
        if (own >= limits.ticketsPerAccount() || claims.size() >= limits.maximumTickets()) {
            throw ProblemCode.TOO_MANY_TICKETS.exception();
        }
        byte[] bytes = new byte[LENGTH];
        random.nextBytes(bytes);
        String value = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        Instant end = clock.instant().plus(limits.ticketValidity());
        claims.put(hash(value), new Claim(account, vm, kind, role, end));
        return new Ticket(value, end);
    }

    /** Takes the ticket; empty when it is unknown, used or expired. */
    public synchronized Optional<Claim> consume(String ticket) {
        if (ticket.length() > LONGEST) {
            return Optional.empty();
        }
        return Optional.ofNullable(claims.remove(hash(ticket)))
                .filter(claim -> clock.instant().isBefore(claim.expiresAt));
    }

    public synchronized int unused() {
        return claims.size();
    }

    private static SecretHash hash(String ticket) {
        return SecretHash.of(ticket.getBytes(StandardCharsets.UTF_8));
    }
}
