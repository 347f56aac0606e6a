// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.ultracall.link.HypervisorLink;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** One cloud hypervisor and everything that runs on it. Public methods may be called from any thread. */
public final class CloudHost implements AutoCloseable {
    private final HypervisorLink link;

    public CloudHost(
            HypervisorLink link,
            CloudHostConfiguration configuration,
            TenantDevicesFactory devices,
            IdentityAuthority identities,
            CloudHostListener listener) {
        this.link = Objects.requireNonNull(link, "link");
    }

    /** Opens the state directory and starts to attach. Once only. */
    public void start() {
        throw new UnsupportedOperationException();
    }

    /** Whether L0 answers now. */
    public boolean attached() {
        throw new UnsupportedOperationException();
    }

    /** The host instance last attached to. */
    public Optional<UUID> instance() {
        throw new UnsupportedOperationException();
    }

    public List<CloudVm> cloudVms() {
        throw new UnsupportedOperationException();
    }

    public List<TenantVm> tenantVms() {
        throw new UnsupportedOperationException();
    }

    public Optional<TenantVm> tenantVm(TenantVmKey key) {
        throw new UnsupportedOperationException();
    }

    /** Holds a VM at its next entry; completes when L0 says that it is held. */
    public CompletableFuture<TenantVm> pause(TenantVmKey key) {
        throw new UnsupportedOperationException();
    }

    /** Lets a held VM go on; completes when L0 says so. */
    public CompletableFuture<TenantVm> resume(TenantVmKey key) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<TenantVmCounters> counters(TenantVmKey key) {
        throw new UnsupportedOperationException();
    }

    /** Counters of the module as a whole. */
    public CompletableFuture<TenantVmCounters> counters() {
        throw new UnsupportedOperationException();
    }

    /**
     * Takes ports away from the untrusted hypervisor or gives them back.
     *
     * @param base first port
     * @param count ports, at least 1
     */
    public CompletableFuture<Void> claimPorts(TenantVmKey key, int base, int count, boolean claimed) {
        throw new UnsupportedOperationException();
    }

    /** Closes the link and all devices; journals stay. */
    @Override
    public void close() {
        link.close();
    }
}
