// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.lang.foreign.MemorySegment;

/** Makes the shadow devices of each tenant VM that appears. Called on the loop thread. */
public interface TenantDevicesFactory {
    /** Bytes of storage each VM's devices get, kept across restarts of the process. */
    long storageSize();

    /** Bytes of state that each VM's devices save at every commit. */
    int stateSize();

    /**
     * Creates devices in their reset state, or about to be restored.
     *
     * @param storage {@link #storageSize} bytes, mapped from the VM's journal and zero at first; it is written to
     *     without a transaction, so only what the committed state refers to counts
     */
    TenantDevices create(TenantVm vm, DeviceHost host, MemorySegment storage);
}
