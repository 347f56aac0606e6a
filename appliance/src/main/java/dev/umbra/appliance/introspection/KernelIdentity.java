// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import io.swagger.v3.oas.annotations.media.Schema;

/** Which kernel runs in a VM, as read from its memory. */
@Schema(name = "Kernel")
public record KernelIdentity(
        @Schema(example = "6.1.0-37-amd64") String release,

        @Schema(description = "From the kernel's ELF note", example = "5c1f…40 hexadecimal digits")
        String buildId) {}
