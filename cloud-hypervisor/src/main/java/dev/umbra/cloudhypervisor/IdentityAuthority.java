// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.util.Optional;

/**
 * Knows which tenant VM is whose. Called on virtual threads, never on the loop, and may take its time: the calling
 * vCPU waits, others go on. An exception counts as {@link EnrolmentResult#FAILED}.
 */
public interface IdentityAuthority {
    Optional<VmIdentity> identityOf(TenantVmKey vm);

    /**
     * Binds the VM if the secret is right. After a restart in the middle of an attempt the same call may come again.
     *
     * @param secret 32 bytes; erased by the caller afterwards
     * @param privilege processor privilege level of the caller, 0 to 3
     */
    EnrolmentResult enrol(TenantVmKey vm, byte[] secret, int privilege);

    /** Names this service to the tenants, at most 255 bytes of UTF-8. Constant and quick. */
    String serviceName();
}
