// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.host;

import dev.umbra.cloudhypervisor.CloudHost;
import dev.umbra.cloudhypervisor.CloudHostConfiguration;
import dev.umbra.cloudhypervisor.CloudHostListener;
import dev.umbra.cloudhypervisor.IdentityAuthority;
import dev.umbra.cloudhypervisor.MemorySource;
import dev.umbra.cloudhypervisor.TenantDevicesFactory;
import dev.umbra.ultracall.link.DeviceFileLink;
import dev.umbra.ultracall.link.HypervisorLink;
import dev.umbra.ultracall.link.RelayedStreamConfiguration;
import dev.umbra.ultracall.link.RelayedStreamLink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.springframework.beans.factory.ObjectProvider;

/** Connects to hosts as the configuration says. Each has its journals in a folder of its own. */
final class ConfiguredCloudHostFactory implements CloudHostFactory {
    private final Path stateDirectory;
    private final ObjectProvider<TenantDevicesFactory> devices;
    private final IdentityAuthority identities;

    ConfiguredCloudHostFactory(
            Path stateDirectory, ObjectProvider<TenantDevicesFactory> devices, IdentityAuthority identities) {
        this.stateDirectory = stateDirectory;
        this.devices = devices;
        this.identities = identities;
    }

    @Override
    public CloudHost create(HostProperties host, CloudHostListener listener) {
        return new CloudHost(link(host), configuration(host), devices.getObject(), identities, listener);
    }

    private CloudHostConfiguration configuration(HostProperties host) {
        CloudHostConfiguration configuration =
                CloudHostConfiguration.defaults(stateDirectory.resolve("hosts").resolve(host.name()));
        if (host.pseudoDeviceSocket() != null) {
            configuration = configuration.withPseudoDevice(Path.of(host.pseudoDeviceSocket()));
        }
        if (host.memoryFile() != null) {
            configuration =
                    configuration.withMemory(new MemorySource(Path.of(host.memoryFile()), host.memoryAddressSpace()));
        }
        return configuration;
    }

    private static HypervisorLink link(HostProperties host) {
        if (host.device() == null) {
            return new RelayedStreamLink(RelayedStreamConfiguration.defaults(Path.of(host.relaySocket())));
        }
        try {
            return new DeviceFileLink(Path.of(host.device()));
        } catch (IOException failure) {
            throw new UncheckedIOException("the link to host " + host.name() + " cannot be set up", failure);
        }
    }
}
