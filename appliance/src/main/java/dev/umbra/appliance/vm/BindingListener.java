// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.vm;

/** Told when a record lets go of its VM, which may be claimed by somebody else from then on. */
public interface BindingListener {
    /** {@code record} as it was before. */
    void released(VmRecord record);
}
