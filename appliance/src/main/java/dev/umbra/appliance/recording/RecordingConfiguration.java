// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.recording;

import dev.umbra.appliance.ApplianceProperties;
import dev.umbra.appliance.audit.AuditQueue;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.vm.VmRecords;
import dev.umbra.remoteconsole.rfb.RfbSessionCounters;
import java.time.InstantSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.SchedulingConfigurer;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RecordingProperties.class)
class RecordingConfiguration {
    @Bean
    Recordings recordings(
            ApplianceProperties appliance,
            RecordingProperties limits,
            RfbSessionCounters counters,
            AuditTrail audit,
            AuditQueue queue,
            InstantSource clock) {
        return new Recordings(appliance.stateDirectory().resolve("recordings"), limits, counters, audit, queue, clock);
    }

    @Bean
    SchedulingConfigurer recordingsPrune(Recordings recordings, VmRecords records, RecordingProperties limits) {
        return tasks -> tasks.addFixedDelayTask(
                () -> recordings.prune(id -> records.find(id).isPresent()), limits.pruneInterval());
    }
}
