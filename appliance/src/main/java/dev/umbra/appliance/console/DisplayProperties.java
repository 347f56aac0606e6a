// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The display of every tenant VM. The mode is the one its EDID recommends; tenants read it when they start.
 *
 * @param width in pixels
 * @param height in pixels
 */
@Validated
@ConfigurationProperties("umbra.display")
public record DisplayProperties(
        @DefaultValue("1280") @Min(320) @Max(2560) int width,
        @DefaultValue("800") @Min(200) @Max(1600) int height) {}
