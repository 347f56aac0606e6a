// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * Screens for VNC viewers.
 *
 * @param address local address to listen on
 * @param port TCP port; 0: there is none
 * @param clientAuthority PEM file of the authorities whose certificates log tenants in; without it there are only passwords
 * @param keyboardLayout what viewers that send symbols rather than key numbers are taken to mean: us, de, fr or jp
 */
@Validated
@ConfigurationProperties("umbra.vnc")
public record VncProperties(
        @DefaultValue("0.0.0.0") @NotBlank String address,
        @DefaultValue("5900") @Min(0) @Max(65535) int port,
        Path clientAuthority,
        @DefaultValue("us") @Pattern(regexp = "us|de|fr|jp") String keyboardLayout) {}
