// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance;

import dev.umbra.appliance.host.HostProperties;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.nio.file.Path;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What the appliance is and serves.
 *
 * @param stateDirectory database, certificates, host key and journals; created with mode 0700
 * @param serviceName how the appliance names itself to tenant VMs that ask
 * @param hosts the cloud hypervisors it serves
 */
@Validated
@ConfigurationProperties("umbra")
public record ApplianceProperties(
        @DefaultValue("/var/lib/umbra") @NotNull Path stateDirectory,

        @DefaultValue("Umbra appliance") @NotBlank @Size(max = 80)
        String serviceName,

        @DefaultValue List<@Valid HostProperties> hosts) {
    public ApplianceProperties {
        if (hosts.stream().map(HostProperties::name).distinct().count() != hosts.size()) {
            throw new IllegalArgumentException("umbra.hosts: names must differ");
        }
    }
}
