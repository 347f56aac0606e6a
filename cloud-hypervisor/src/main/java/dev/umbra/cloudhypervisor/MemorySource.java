// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.ultracall.MemoryFrame.AddressSpace;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where the memory of a host's cloud VMs can be read.
 *
 * @param file a shared file, mapped read-only at each attach
 * @param addressSpace FILE: the file is the memory of a cloud VM. HOST: it is the whole memory of an emulated host, a
 *     QEMU q35 machine of less than 2.75 GiB
 */
public record MemorySource(Path file, AddressSpace addressSpace) {
    public MemorySource {
        Objects.requireNonNull(file, "file");
        Objects.requireNonNull(addressSpace, "addressSpace");
    }
}
