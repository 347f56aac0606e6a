// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.access;

import dev.umbra.remoteconsole.serial.SerialConsole;
import java.util.Objects;

/**
 * The permission to open one console.
 *
 * @param tenant name of the tenant who owns the virtual machine
 * @param vmName the virtual machine
 * @param console its serial console
 * @param mayWrite whether the holder may become the writer; otherwise only a viewer
 */
public record ConsoleGrant(String tenant, String vmName, SerialConsole console, boolean mayWrite) {
    public ConsoleGrant {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(vmName, "vmName");
        Objects.requireNonNull(console, "console");
    }
}
