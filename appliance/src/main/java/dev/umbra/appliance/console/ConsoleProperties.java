// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import java.util.List;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Consoles in the browser.
 *
 * @param ticketValidity time from issue to use of a ticket
 * @param ticketsPerAccount unused tickets of one account at most
 * @param maximumTickets unused tickets of all accounts at most
 * @param allowedOrigins origins of pages that may open a console, beside the appliance's own
 */
@Validated
@ConfigurationProperties("umbra.console")
public record ConsoleProperties(
        @DefaultValue("30s") @DurationMin(seconds = 1) @DurationMax(minutes = 5)
        Duration ticketValidity,

        @DefaultValue("64") @Min(1) @Max(10_000) int ticketsPerAccount,
        @DefaultValue("4096") @Min(1) @Max(1_000_000) int maximumTickets,
        @DefaultValue List<@Pattern(regexp = "https://[A-Za-z0-9.:\\[\\]-]+") String> allowedOrigins) {}
