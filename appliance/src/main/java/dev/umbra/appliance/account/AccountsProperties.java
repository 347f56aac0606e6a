// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.account;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Who may sign in. Names are unique over all three lists; passwords stand here as Argon2id hashes only, made by
 * {@code java -jar umbra-appliance.jar hash-password}.
 */
@Validated
@ConfigurationProperties("umbra.accounts")
public record AccountsProperties(
        @DefaultValue List<@Valid Tenant> tenants,
        @DefaultValue List<@Valid Staff> operators,
        @DefaultValue List<@Valid Staff> administrators) {
    static final String NAME = "[a-z][a-z0-9-]{0,31}";

    /**
     * A tenant.
     *
     * @param passwordHash Argon2id; without one the tenant can use SSH keys only
     * @param publicKeys lines as in {@code authorized_keys}, for SSH
     * @param maximumVms VM records it may have
     */
    public record Tenant(
            @NotNull @Pattern(regexp = NAME) String name,
            String passwordHash,
            @DefaultValue List<String> publicKeys,
            @DefaultValue("64") @Min(1) @Max(10_000) int maximumVms) {
        @Override
        public String toString() {
            return "Tenant[" + name + "]";
        }
    }

    /** An operator or administrator. */
    public record Staff(
            @NotNull @Pattern(regexp = NAME) String name,
            @NotNull String passwordHash) {
        @Override
        public String toString() {
            return "Staff[" + name + "]";
        }
    }
}
