// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How one host is served.
 *
 * @param stateDirectory where the journals of its tenant VMs live; created with mode 0700
 * @param pseudoDevice socket of the helper in L1, if there is one
 * @param memory where the memory of its cloud VMs can be read, if it can
 * @param announcementGrace how long after an attach a VM that is not announced again counts as gone
 * @param commandTimeout after which pause, resume, counters and claims fail
 * @param maximumTenantVms served at once; more are held and reported
 * @param enrolmentsPerVm attempts a VM may make at once; one more is earned every {@code enrolmentInterval}
 * @param enrolmentsPerHost the same for all VMs of the host together
 * @param enrolmentInterval time in which one attempt is earned, per VM; a host earns
 *     {@code enrolmentsPerHost / enrolmentsPerVm} times faster
 */
public record CloudHostConfiguration(
        Path stateDirectory,
        Optional<Path> pseudoDevice,
        Optional<MemorySource> memory,
        Duration announcementGrace,
        Duration commandTimeout,
        int maximumTenantVms,
        int enrolmentsPerVm,
        int enrolmentsPerHost,
        Duration enrolmentInterval) {
    public CloudHostConfiguration {
        Objects.requireNonNull(stateDirectory, "stateDirectory");
        Objects.requireNonNull(pseudoDevice, "pseudoDevice");
        Objects.requireNonNull(memory, "memory");
        requirePositive(announcementGrace, "announcementGrace");
        requirePositive(commandTimeout, "commandTimeout");
        requirePositive(enrolmentInterval, "enrolmentInterval");
        if (maximumTenantVms < 1 || enrolmentsPerVm < 1 || enrolmentsPerHost < enrolmentsPerVm) {
            throw new IllegalArgumentException("limits must be positive, the host's at least a VM's");
        }
    }

    /** The defaults, without a pseudo device and without memory. */
    public static CloudHostConfiguration defaults(Path stateDirectory) {
        return new CloudHostConfiguration(
                stateDirectory,
                Optional.empty(),
                Optional.empty(),
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                256,
                5,
                50,
                Duration.ofSeconds(10));
    }

    public CloudHostConfiguration withPseudoDevice(Path socket) {
        return new CloudHostConfiguration(
                stateDirectory,
                Optional.of(socket),
                memory,
                announcementGrace,
                commandTimeout,
                maximumTenantVms,
                enrolmentsPerVm,
                enrolmentsPerHost,
                enrolmentInterval);
    }

    public CloudHostConfiguration withMemory(MemorySource source) {
        return new CloudHostConfiguration(
                stateDirectory,
                pseudoDevice,
                Optional.of(source),
                announcementGrace,
                commandTimeout,
                maximumTenantVms,
                enrolmentsPerVm,
                enrolmentsPerHost,
                enrolmentInterval);
    }

    private static void requirePositive(Duration duration, String name) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(name + " must be positive");
        }
    }
}
