// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.host;

import dev.umbra.ultracall.MemoryFrame.AddressSpace;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

/**
 * One cloud hypervisor and how it is reached: by its device file on the same machine, or by a socket that relays the device. Paths are
 * texts here, as the framework would look for {@code /dev/umbra} among our own classes, and find it.
 *
 * @param name by which the API knows it
 * @param device device file, normally {@code /dev/umbra}
 * @param relaySocket unix-domain socket instead of a device file
 * @param pseudoDeviceSocket socket of the untrusted helper in L1 that raises interrupt lines, if there is one
 * @param memoryFile shared file with the memory of the cloud VM, or of the whole host when that is emulated
 * @param memoryAddressSpace which of the two it is
 */
public record HostProperties(
        @NotNull @Pattern(regexp = "[a-z0-9][a-z0-9-]{0,31}")
        String name,

        String device,
        String relaySocket,
        String pseudoDeviceSocket,
        String memoryFile,
        AddressSpace memoryAddressSpace) {
    public HostProperties {
        if ((device == null) == (relaySocket == null)) {
            throw new IllegalArgumentException("umbra.hosts: a host has either a device or a relay-socket");
        }
        if ((memoryFile == null) != (memoryAddressSpace == null)) {
            throw new IllegalArgumentException("umbra.hosts: memory-file and memory-address-space go together");
        }
    }
}
