// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.machine;

import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.remoteconsole.graphical.GraphicalConsole;
import dev.umbra.remoteconsole.serial.SerialConsole;
import java.util.Optional;

/** The consoles of the tenant VMs that are present now. */
public interface Consoles {
    /** The serial console of a VM, while the VM is present. */
    Optional<SerialConsole> console(TenantVmKey vm);

    /** The keyboard, pointer and screen of a VM, while the VM is present. */
    Optional<GraphicalConsole> graphicalConsole(TenantVmKey vm);
}
