// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Consoles over SSH.
 *
 * @param enabled whether there is an SSH port at all
 * @param address local address to listen on
 * @param port TCP port; 0: any free one
 */
@Validated
@ConfigurationProperties("umbra.ssh")
public record SshProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("0.0.0.0") @NotBlank String address,
        @DefaultValue("2222") @Min(0) @Max(65535) int port) {}
