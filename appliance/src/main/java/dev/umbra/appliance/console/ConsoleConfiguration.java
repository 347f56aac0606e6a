// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.appliance.ApplianceProperties;
import dev.umbra.appliance.account.Authenticator;
import dev.umbra.appliance.audit.AuditQueue;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.certificate.CertificateRenewal;
import dev.umbra.appliance.certificate.ClientAuthority;
import dev.umbra.appliance.machine.Consoles;
import dev.umbra.appliance.machine.MachineConfig;
import dev.umbra.appliance.machine.Machines;
import dev.umbra.appliance.vm.VmAccessPolicy;
import dev.umbra.appliance.vm.VmRecords;
import dev.umbra.remoteconsole.rfb.RfbSessionCounters;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({
    ConsoleProperties.class,
    SshProperties.class,
    VncProperties.class,
    DisplayProperties.class,
    ScreenshotProperties.class
})
class ConsoleConfiguration {
    /** Devices and consoles of all VMs; what restarts may have left of them is taken up when their hosts attach. */
    @Bean
    Machines machines(DisplayProperties display) {
        return new Machines(
                MachineConfig.defaults().withMode(display.width(), display.height()),
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("console-watch").daemon().factory()));
    }

    @Bean
    ConsoleWatch sessionWatch(AuditQueue queue) {
        return new ConsoleWatch(queue);
    }

    @Bean
    ConsoleSocketHandler consoleSocketHandler(ConsoleDoor door) {
        return new ConsoleSocketHandler(door);
    }

    @Bean
    ConsoleHandshake consoleHandshake(
            ConsoleTickets tickets, ConsoleProperties properties, AuditTrail audit, JsonMapper json) {
        return new ConsoleHandshake(ConsoleKind.SERIAL, tickets, properties, audit, json);
    }

    /** What the screens shown and recorded by the appliance itself count, those of VNC viewers excepted. */
    @Bean
    RfbSessionCounters screenCounters() {
        return new RfbSessionCounters();
    }

    @Bean
    DisplaySocketHandler displaySocketHandler(DisplayDoor door, RfbSessionCounters counters) {
        return new DisplaySocketHandler(door, counters);
    }

    @Bean
    ConsoleHandshake displayHandshake(
            ConsoleTickets tickets, ConsoleProperties properties, AuditTrail audit, JsonMapper json) {
        return new ConsoleHandshake(ConsoleKind.GRAPHICAL, tickets, properties, audit, json);
    }

    @Bean
    ConsoleTickets consoleTickets(ConsoleProperties limits, InstantSource clock) {
        return new ConsoleTickets(limits, clock);
    }

    @Bean
    ConsoleDoor consoleDoor(
            VmRecords records,
            VmAccessPolicy policy,
            Authenticator authenticator,
            Consoles consoles,
            AuditTrail audit,
            ConsoleWatch watch) {
        return new ConsoleDoor(records, policy, authenticator, consoles, audit, watch);
    }

    @Bean
    SshService sshService(SshProperties properties, ApplianceProperties appliance, ConsoleDoor door) {
        return new SshService(properties, appliance.stateDirectory().resolve("ssh_host_key"), door);
    }

    @Bean
    DisplayDoor displayDoor(
            VmRecords records,
            VmAccessPolicy policy,
            Authenticator authenticator,
            Consoles consoles,
            AuditTrail audit,
            ConsoleWatch watch) {
        return new DisplayDoor(records, policy, authenticator, consoles, audit, watch);
    }

    @Bean
    VncService vncService(VncProperties properties, DisplayDoor door, SslBundles bundles) {
        AtomicReference<Supplier<SSLContext>> present =
                new AtomicReference<>(contexts(bundles.getBundle(CertificateRenewal.BUNDLE), properties));
        bundles.addBundleUpdateHandler(CertificateRenewal.BUNDLE, bundle -> present.set(contexts(bundle, properties)));
        return new VncService(properties, door, () -> present.get().get());
    }

    private static Supplier<SSLContext> contexts(SslBundle bundle, VncProperties properties) {
        if (properties.clientAuthority() == null) {
            SSLContext context = bundle.createSslContext();
            return () -> context;
        }
        return ClientAuthority.contexts(bundle.getManagers().getKeyManagers(), properties.clientAuthority());
    }

    @Bean
    Screenshots screenshots(ScreenshotProperties limits, InstantSource clock) {
        return new Screenshots(limits, clock);
    }
}
