// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.account;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How many wrong passwords are borne.
 *
 * @param window in which failures add up
 * @param failuresPerAccount after which the account is refused from the address the failures came from
 * @param failuresPerAddress after which an address is refused whatever the account
 * @param rememberedFailures entries kept at most; the oldest are forgotten first
 */
@Validated
@ConfigurationProperties("umbra.login")
public record LoginProperties(
        @DefaultValue("5m") @DurationMin(seconds = 1) Duration window,
        @DefaultValue("10") @Min(1) int failuresPerAccount,
        @DefaultValue("60") @Min(1) int failuresPerAddress,
        @DefaultValue("10000") @Min(100) int rememberedFailures) {}
