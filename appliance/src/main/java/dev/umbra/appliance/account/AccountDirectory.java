// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.account;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;

/** The configured accounts, checked once at the start: a mistake in the configuration keeps the appliance from starting. */
public final class AccountDirectory {
    record Credentials(Account account, Optional<String> passwordHash, List<PublicKey> keys, int maximumVms) {
        @Override
        public String toString() {
            return "Credentials[" + account + "]";
        }
    }

    private final Map<String, Credentials> accounts;

    public AccountDirectory(AccountsProperties configuration) {
        Map<String, Credentials> all = new LinkedHashMap<>();
        for (AccountsProperties.Tenant tenant : configuration.tenants()) {
            add(
                    all,
                    new Credentials(
                            new Account(tenant.name(), Role.TENANT),
                            Optional.ofNullable(tenant.passwordHash()),
                            keys(tenant),
                            tenant.maximumVms()));
        }
        configuration.operators().forEach(staff -> add(all, staff(staff, Role.OPERATOR)));
        configuration.administrators().forEach(staff -> add(all, staff(staff, Role.ADMINISTRATOR)));
        this.accounts = Collections.unmodifiableMap(all);
    }

    public boolean tenantExists(String name) {
        Credentials found = accounts.get(name);
        return found != null && found.account.role() == Role.TENANT;
    }

    /** VM records the tenant may have, 0 if there is no such tenant. */
    public int maximumVms(String tenant) {
        Credentials found = accounts.get(tenant);
        return found == null ? 0 : found.maximumVms;
    }

    /** Names of all tenants, in the order of the configuration. */
    public List<String> tenants() {
        return accounts.values().stream()
                .filter(credentials -> credentials.account.role() == Role.TENANT)
                .map(credentials -> credentials.account.name())
                .toList();
    }

    Optional<Credentials> find(String name) {
        return Optional.ofNullable(accounts.get(name));
    }

    private static Credentials staff(AccountsProperties.Staff staff, Role role) {
        return new Credentials(new Account(staff.name(), role), Optional.of(staff.passwordHash()), List.of(), 0);
    }

    private static void add(Map<String, Credentials> all, Credentials credentials) {
        String name = credentials.account.name();
        credentials.passwordHash.ifPresent(hash -> {
            if (!PasswordHashing.acceptable(hash)) {
                throw new IllegalArgumentException(
                        "umbra.accounts: the password hash of " + name + " is not Argon2id of acceptable strength");
            }
        });
        if (all.putIfAbsent(name, credentials) != null) {
            throw new IllegalArgumentException("umbra.accounts: " + name + " occurs twice");
        }
    }

    private static List<PublicKey> keys(AccountsProperties.Tenant tenant) {
        List<PublicKey> keys = new ArrayList<>();
        for (String line : tenant.publicKeys()) {
            try {
                AuthorizedKeyEntry entry = AuthorizedKeyEntry.parseAuthorizedKeyEntry(line);
                keys.add(entry.resolvePublicKey(null, PublicKeyEntryResolver.FAILING));
            } catch (IOException | GeneralSecurityException | RuntimeException refused) {
                throw new IllegalArgumentException(
                        "umbra.accounts: public key " + (keys.size() + 1) + " of " + tenant.name() + " is unusable",
                        refused);
            }
        }
        return List.copyOf(keys);
    }
}
