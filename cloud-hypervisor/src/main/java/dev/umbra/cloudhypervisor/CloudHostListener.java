// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.ultracall.UltracallStatus;
import java.util.UUID;

/** What happens on a host. Called on its loop thread, in order; implementations return quickly and never block. */
public interface CloudHostListener {
    /** The host answers; its VMs follow. */
    default void attached(UUID hostInstance) {}

    /** The host is no longer reachable; VMs keep running, their claimed accesses wait. */
    default void detached(String reason) {}

    default void cloudVmAppeared(CloudVm vm) {}

    default void cloudVmGone(CloudVm vm) {}

    /** A tenant VM is served from now on. */
    default void tenantVmAppeared(TenantVm vm) {}

    default void tenantVmChanged(TenantVm vm) {}

    default void tenantVmGone(TenantVm vm) {}

    default void alarm(HostAlarm alarm) {}

    /**
     * A tenant VM tried to enrol itself.
     *
     * @param status what it was told
     * @param privilege processor privilege level of the caller, 0 to 3
     */
    default void enrolment(TenantVm vm, UltracallStatus status, int privilege) {}
}
