// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Pictures of screens.
 *
 * @param perMinute pictures of one VM in a minute, at most
 */
@Validated
@ConfigurationProperties("umbra.screenshot")
public record ScreenshotProperties(
        @DefaultValue("60") @Min(1) @Max(10_000) int perMinute) {}
