// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.account;

import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditTrail;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.apache.sshd.common.config.keys.KeyUtils;

/**
 * The one place where credentials are checked, for pages, API, SSH and VNC alike. An unknown name is checked against a hash nobody knows
 * the password of, so that it takes as long as a known one; a throttled attempt is told apart, as it says nothing about the
 * account.
 */
public final class Authenticator {
    /** What came of an attempt. */
    public sealed interface Outcome {
        record Accepted(Account account) implements Outcome {}

        record Refused() implements Outcome {}

        record Throttled() implements Outcome {}
    }

    /** Where an attempt comes from. */
    public enum Door {
        PAGE,
        API,
        SSH,
        VNC;

        private String text() {
            return this == PAGE ? "on the page" : "over " + name();
        }
    }

    private static final int LONGEST_NAME = 64;
    private static final int SERIAL_RADIX = 16;

    private final AccountDirectory directory;
    private final PasswordHashing hashing;
    private final LoginThrottle throttle;
    private final AuditTrail audit;
    private final String unknownHash;

    public Authenticator(
            AccountDirectory directory,
            PasswordHashing hashing,
            LoginProperties limits,
            AuditTrail audit,
            InstantSource clock) {
        this.directory = directory;
        this.hashing = hashing;
        this.throttle = new LoginThrottle(limits, clock);
        this.audit = audit;
        this.unknownHash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
                + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    }

    public Outcome byPassword(String name, char[] password, String address, Door door) {
        if (name.length() > LONGEST_NAME) {
            return new Outcome.Refused();
        }
        if (throttle.refuses(name, address)) {
            return new Outcome.Throttled();
        }
        Optional<AccountDirectory.Credentials> found = directory.find(name);
        Optional<String> hash = found.flatMap(AccountDirectory.Credentials::passwordHash);
        boolean matches = hashing.matches(password, hash.orElse(unknownHash));
        if (!matches || hash.isEmpty()) {
            failed(found.map(AccountDirectory.Credentials::account), name, address, door);
            return new Outcome.Refused();
        }
        Account account = found.orElseThrow().account();
        throttle.succeeded(name, address);
        if (door != Door.API) {
            audit.record(
                    AuditEvent.of(AuditKind.LOGIN).by(account).from(address).detail(door.text()));
        }
        return new Outcome.Accepted(account);
    }

    /** Whether the key is one of the tenant's. The caller has verified, or will, that the client holds the private key. */
    public Optional<Account> byPublicKey(String name, PublicKey key) {
        return directory
                .find(name)
                .filter(credentials -> credentials.keys().stream().anyMatch(known -> KeyUtils.compareKeys(known, key)))
                .map(AccountDirectory.Credentials::account);
    }

    /**
     * The account whose name is the common name of the certificate's subject. The caller has verified that an authority it trusts
     * has signed it and that the client holds its key.
     */
    public Optional<Account> byCertificate(X509Certificate certificate, String address, Door door) {
        Optional<Account> account =
                commonName(certificate).flatMap(directory::find).map(AccountDirectory.Credentials::account);
        AuditEvent event = AuditEvent.of(account.isPresent() ? AuditKind.LOGIN : AuditKind.LOGIN_REFUSED)
                .from(address)
                .detail(door.text() + " by certificate "
                        + certificate.getSerialNumber().toString(SERIAL_RADIX));
        audit.record(account.map(event::by).orElse(event));
        return account;
    }

    /** Empty unless there is exactly one, in one part of the subject or several: with two it could be taken for either. */
    private static Optional<String> commonName(X509Certificate certificate) {
        try {
            List<String> names = new ArrayList<>();
            LdapName subject =
                    new LdapName(certificate.getSubjectX500Principal().getName());
            for (Rdn part : subject.getRdns()) {
                Attribute values = part.toAttributes().get("CN");
                for (int index = 0; values != null && index < values.size(); index++) {
                    names.add(values.get(index).toString());
                }
            }
            return names.size() == 1 ? Optional.of(names.getFirst()) : Optional.empty();
        } catch (NamingException malformed) {
            return Optional.empty();
        }
    }

    private void failed(Optional<Account> account, String name, String address, Door door) {
        boolean limitReached = throttle.failed(name, address);
        AuditEvent event = AuditEvent.of(limitReached ? AuditKind.LOGIN_BLOCKED : AuditKind.LOGIN_REFUSED)
                .from(address)
                .detail(door.text());
        audit.record(account.map(event::by).orElse(event));
    }
}
