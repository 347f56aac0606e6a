// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.vm;

import dev.umbra.cloudhypervisor.TenantVmKey;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A tenant's VM as the appliance keeps it, whether or not it runs.
 *
 * @param name unique on the appliance; the user name for SSH and VNC
 * @param tenant its owner
 * @param binding the running VM that proved to be this one
 * @param boundAt when it did
 * @param secretExpiresAt end of the secret that may still be used to enrol; empty: there is none
 */
public record VmRecord(
        UUID id,
        String name,
        String tenant,
        Instant createdAt,
        Optional<TenantVmKey> binding,
        Optional<Instant> boundAt,
        Optional<Instant> secretExpiresAt) {}
