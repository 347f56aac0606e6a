// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.appliance.TestDatabase;
import dev.umbra.appliance.audit.AuditEntry;
import dev.umbra.appliance.audit.AuditKind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccountsTest {
    private static final PasswordHashing HASHING = new PasswordHashing();
    private static final String HASH = HASHING.hash("secret");
    private static final LoginProperties LIMITS = new LoginProperties(Duration.ofMinutes(5), 3, 5, 100);

    private final TestDatabase database = new TestDatabase();

    @Test
    void right_password_is_accepted_and_audited() {
        Authenticator.Outcome outcome = authenticator().byPassword("alice", password("secret"), "192.0.2.1", page());

        assertThat(outcome).isEqualTo(new Authenticator.Outcome.Accepted(new Account("alice", Role.TENANT)));
        assertThat(kinds()).containsExactly(AuditKind.LOGIN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"alice", "nobody", "keys-only", ""})
    void wrong_password_unknown_name_and_name_without_password_look_alike(String name) {
        Authenticator.Outcome outcome = authenticator().byPassword(name, password("wrong"), "192.0.2.1", page());

        assertThat(outcome).isEqualTo(new Authenticator.Outcome.Refused());
        assertThat(kinds()).containsExactly(AuditKind.LOGIN_REFUSED);
    }

    @Test
    void account_is_refused_from_an_address_after_too_many_failures_and_elsewhere_not() {
        Authenticator authenticator = authenticator();
        for (int attempt = 0; attempt < 3; attempt++) {
            authenticator.byPassword("alice", password("wrong"), "192.0.2.1", page());
        }

        assertThat(authenticator.byPassword("alice", password("secret"), "192.0.2.1", page()))
                .isEqualTo(new Authenticator.Outcome.Throttled());
        assertThat(authenticator.byPassword("alice", password("secret"), "192.0.2.2", page()))
                .isInstanceOf(Authenticator.Outcome.Accepted.class);
        assertThat(kinds()).contains(AuditKind.LOGIN_BLOCKED);
        database.pass(Duration.ofMinutes(5));
        assertThat(authenticator.byPassword("alice", password("secret"), "192.0.2.1", page()))
                .isInstanceOf(Authenticator.Outcome.Accepted.class);
    }

    @Test
    void address_is_refused_after_too_many_failures_of_whatever_accounts() {
        LoginThrottle throttle = new LoginThrottle(LIMITS, database.clock);
        for (int attempt = 0; attempt < 5; attempt++) {
            throttle.failed("account-" + attempt, "192.0.2.1");
        }

        assertThat(throttle.refuses("alice", "192.0.2.1")).isTrue();
        assertThat(throttle.refuses("alice", "192.0.2.2")).isFalse();
    }

    @Test
    void throttle_forgets_the_oldest_when_flooded() {
        LoginThrottle throttle = new LoginThrottle(LIMITS, database.clock);
        for (int attempt = 0; attempt < 5; attempt++) {
            throttle.failed("alice", "192.0.2.1");
        }
        for (int address = 0; address < 100; address++) {
            throttle.failed("x", "198.51.100." + address);
        }

        assertThat(throttle.refuses("alice", "192.0.2.1")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "secret",
                "",
                "$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "$argon2id$v=19$m=9999999,t=99,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            })
    void weak_or_foreign_hash_keeps_the_appliance_from_starting(String hash) {
        AccountsProperties.Tenant tenant = new AccountsProperties.Tenant("alice", hash, List.of(), 1);

        assertThatThrownBy(() -> new AccountDirectory(new AccountsProperties(List.of(tenant), List.of(), List.of())))
                .hasMessageContaining("alice")
                .message()
                .doesNotContain("$argon2");
    }

    @Test
    void name_in_two_roles_keeps_the_appliance_from_starting() {
        AccountsProperties.Tenant tenant = new AccountsProperties.Tenant("alice", HASH, List.of(), 1);
        AccountsProperties.Staff operator = new AccountsProperties.Staff("alice", HASH);

        assertThatThrownBy(() ->
                        new AccountDirectory(new AccountsProperties(List.of(tenant), List.of(operator), List.of())))
                .hasMessageContaining("alice occurs twice");
    }

    @Test
    void unusable_public_key_keeps_the_appliance_from_starting() {
        AccountsProperties.Tenant tenant = new AccountsProperties.Tenant("alice", HASH, List.of("ssh-rsa x"), 1);

        assertThatThrownBy(() -> new AccountDirectory(new AccountsProperties(List.of(tenant), List.of(), List.of())))
                .hasMessageContaining("public key 1 of alice");
    }

    @Test
    void hash_password_reads_a_line_and_prints_a_hash_of_it() throws Exception {
        ByteArrayOutputStream output = new ByteArrayOutputStream();

        int status = HashPasswordCommand.run(
                new ByteArrayInputStream("geheim\n".getBytes(StandardCharsets.UTF_8)),
                new PrintStream(output, true, StandardCharsets.UTF_8),
                System.err);

        String hash = output.toString(StandardCharsets.UTF_8).strip();
        assertThat(status).isZero();
        assertThat(PasswordHashing.acceptable(hash)).isTrue();
        assertThat(HASHING.matches(password("geheim"), hash)).isTrue();
        assertThat(HASHING.matches(password("Geheim"), hash)).isFalse();
    }

    @Test
    void hash_password_without_a_password_fails() throws Exception {
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);

        assertThat(HashPasswordCommand.run(new ByteArrayInputStream(new byte[0]), nowhere, nowhere))
                .isEqualTo(2);
    }

    private Authenticator authenticator() {
        AccountDirectory directory = new AccountDirectory(new AccountsProperties(
                List.of(
                        new AccountsProperties.Tenant("alice", HASH, List.of(), 1),
                        new AccountsProperties.Tenant("keys-only", null, List.of(), 1)),
                List.of(),
                List.of()));
        return new Authenticator(directory, HASHING, LIMITS, database.audit, database.clock);
    }

    private List<AuditKind> kinds() {
        return database.audit.entries(Optional.empty(), Optional.empty(), OptionalLong.empty(), 100).stream()
                .map(AuditEntry::event)
                .map(event -> event.kind())
                .toList();
    }

    private static Authenticator.Door page() {
        return Authenticator.Door.PAGE;
    }

    private static char[] password(String text) {
        return text.toCharArray();
    }
}
