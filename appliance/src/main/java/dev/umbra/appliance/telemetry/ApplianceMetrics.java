// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.telemetry;

import dev.umbra.appliance.audit.AuditQueue;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.console.ConsoleTickets;
import dev.umbra.appliance.console.SshService;
import dev.umbra.appliance.host.HostSnapshot;
import dev.umbra.appliance.host.Hosts;
import dev.umbra.appliance.host.LiveVm;
import dev.umbra.appliance.machine.Consoles;
import dev.umbra.introspection.Findings;
import dev.umbra.remoteconsole.serial.SerialConsoleCounters;
import dev.umbra.ultracall.HypervisorCounter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * Everything the parts count, as metrics. VMs are labelled by what L0 calls them: names and owners would tell a collector, or an
 * operator, what the access policy does not. Meters of a VM that is gone are removed, so that their number stays bounded.
 */
public final class ApplianceMetrics {
    private record ConsoleCount(String name, ToLongFunction<SerialConsoleCounters> value) {}

    private static final List<ConsoleCount> CONSOLE_COUNTS = List.of(
            new ConsoleCount("output.bytes", SerialConsoleCounters::outputBytes),
            new ConsoleCount("input.characters", SerialConsoleCounters::inputCharacters),
            new ConsoleCount("input.refused", SerialConsoleCounters::inputRefused),
            new ConsoleCount("output.skipped", SerialConsoleCounters::outputSkipped),
            new ConsoleCount("output.stalls", SerialConsoleCounters::outputStalls),
            new ConsoleCount("backpressure.lost", SerialConsoleCounters::backPressureLost),
            new ConsoleCount("sessions.opened", SerialConsoleCounters::sessionsOpened),
            new ConsoleCount("sessions.refused", SerialConsoleCounters::sessionsRefused),
            new ConsoleCount("takeovers", SerialConsoleCounters::takeOvers),
            new ConsoleCount("notices.dropped", SerialConsoleCounters::noticesDropped));

    private final MeterRegistry registry;
    private final Hosts hosts;
    private final Consoles consoles;
    private final Map<Object, List<Meter>> vmMeters = new HashMap<>();

    public ApplianceMetrics(
            MeterRegistry registry,
            Hosts hosts,
            Consoles consoles,
            AuditTrail audit,
            AuditQueue queue,
            Findings findings,
            ConsoleTickets tickets,
            SshService ssh) {
        this.registry = registry;
        this.hosts = hosts;
        this.consoles = consoles;
        counter("umbra.audit.recorded", audit, AuditTrail::recorded);
        counter("umbra.audit.lost", audit, AuditTrail::lost);
        counter("umbra.audit.pruned", audit, AuditTrail::pruned);
        counter("umbra.audit.queue.dropped", queue, AuditQueue::dropped);
        counter("umbra.findings.forgotten", findings, Findings::forgotten);
        Gauge.builder("umbra.findings", findings, all -> all.all().size()).register(registry);
        Gauge.builder("umbra.console.tickets.unused", tickets, ConsoleTickets::unused)
                .register(registry);
        Gauge.builder(
                        "umbra.ssh.connections",
                        ssh,
                        service -> service.counters().connections())
                .register(registry);
        counter(
                "umbra.ssh.connections.refused",
                ssh,
                service -> service.counters().connectionsRefused());
        counter("umbra.ssh.logins.failed", ssh, service -> service.counters().loginsFailed());
        counter("umbra.ssh.logins.throttled", ssh, service -> service.counters().loginsThrottled());
        for (HostSnapshot host : hosts.all()) {
            registerHost(host.name());
        }
    }

    /** Adds meters for VMs that have appeared and removes those of VMs that are gone. */
    public synchronized void refresh() {
        Set<Object> present = new HashSet<>();
        for (HostSnapshot host : hosts.all()) {
            for (LiveVm vm : hosts.vms(host.name())) {
                present.add(vm.vm().key());
                vmMeters.computeIfAbsent(vm.vm().key(), key -> registerVm(host.name(), vm));
            }
        }
        vmMeters.entrySet().removeIf(entry -> {
            boolean gone = !present.contains(entry.getKey());
            if (gone) {
                entry.getValue().forEach(registry::remove);
            }
            return gone;
        });
    }

    private <T> void counter(String name, T source, ToLongFunction<T> value) {
        FunctionCounter.builder(name, source, value::applyAsLong).register(registry);
    }

    private void registerHost(String name) {
        Tags tags = Tags.of("host", name);
        Gauge.builder("umbra.host.attached", hosts, all -> all.host(name).attached() ? 1 : 0)
                .tags(tags)
                .register(registry);
        Gauge.builder("umbra.host.vms", hosts, all -> all.host(name).tenantVms())
                .tags(tags)
                .register(registry);
        for (HypervisorCounter counter : HypervisorCounter.values()) {
            FunctionCounter.builder(
                            "umbra.module." + label(counter),
                            hosts,
                            all -> all.host(name)
                                    .counters()
                                    .map(values -> values.value(counter))
                                    .orElse(0L))
                    .tags(tags)
                    .register(registry);
        }
    }

    private List<Meter> registerVm(String host, LiveVm vm) {
        Tags tags =
                Tags.of("host", host, "vm", Long.toUnsignedString(vm.vm().key().tenantVm()));
        List<Meter> meters = new ArrayList<>();
        for (HypervisorCounter counter : HypervisorCounter.values()) {
            meters.add(FunctionCounter.builder(
                            "umbra.vm." + label(counter),
                            hosts,
                            all -> all.find(vm.vm().key())
                                    .flatMap(LiveVm::counters)
                                    .map(values -> values.value(counter))
                                    .orElse(0L))
                    .tags(tags)
                    .register(registry));
        }
        meters.add(Gauge.builder(
                        "umbra.vm.queue.frames",
                        hosts,
                        all -> all.find(vm.vm().key())
                                .map(live -> live.vm().newest() - live.vm().acknowledged())
                                .orElse(0L))
                .tags(tags)
                .register(registry));
        meters.add(Gauge.builder(
                        "umbra.console.sessions",
                        consoles,
                        all -> counters(all, vm)
                                .map(SerialConsoleCounters::sessionsNow)
                                .orElse(0L))
                .tags(tags)
                .register(registry));
        for (ConsoleCount count : CONSOLE_COUNTS) {
            meters.add(FunctionCounter.builder(
                            "umbra.console." + count.name,
                            consoles,
                            all -> counters(all, vm)
                                    .map(count.value::applyAsLong)
                                    .orElse(0L))
                    .tags(tags)
                    .register(registry));
        }
        return meters;
    }

    private static Optional<SerialConsoleCounters> counters(Consoles consoles, LiveVm vm) {
        return consoles.console(vm.vm().key()).map(console -> console.counters());
    }

    private static String label(HypervisorCounter counter) {
        return counter.name().toLowerCase(Locale.ROOT).replace('_', '.');
    }
}
