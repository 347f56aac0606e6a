// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.audit;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How much of the audit trail is kept.
 *
 * @param retention age after which entries are removed
 * @param maximumEntries entries kept whatever their age
 * @param pruneInterval time between two prunes
 */
@Validated
@ConfigurationProperties("umbra.audit")
public record AuditProperties(
        @DefaultValue("365d") @DurationMin(days = 1) Duration retention,
        @DefaultValue("1000000") @Min(1000) long maximumEntries,
        @DefaultValue("1h") @DurationMin(minutes = 1) Duration pruneInterval) {}
