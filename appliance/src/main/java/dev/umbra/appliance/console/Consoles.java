// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.remoteconsole.serial.SerialConsole;
import java.util.Optional;

/** The serial consoles of the running tenant VMs. */
public interface Consoles {
    /** Empty when the VM is gone or its devices are not up. */
    Optional<SerialConsole> console(TenantVmKey vm);
}
