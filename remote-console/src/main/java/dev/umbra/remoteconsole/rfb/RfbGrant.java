// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.graphical.GraphicalConsole;
import java.util.Objects;

/**
 * The permission to open one graphical console.
 *
 * @param tenant name of the tenant who owns the virtual machine
 * @param vmName the virtual machine
 * @param console its graphical console
 * @param mayWrite whether the holder may become the writer; otherwise only a viewer
 * @param power what the holder may do to the machine as a whole
 */
public record RfbGrant(String tenant, String vmName, GraphicalConsole console, boolean mayWrite, RfbPower power) {
    public RfbGrant {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(vmName, "vmName");
        Objects.requireNonNull(console, "console");
        Objects.requireNonNull(power, "power");
    }
}
