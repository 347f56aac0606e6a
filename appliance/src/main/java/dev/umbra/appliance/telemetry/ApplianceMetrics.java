// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.telemetry;

import dev.umbra.appliance.audit.AuditQueue;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.console.ConsoleTickets;
import dev.umbra.appliance.console.SshService;
import dev.umbra.appliance.console.VncService;
import dev.umbra.appliance.host.HostSnapshot;
import dev.umbra.appliance.host.Hosts;
import dev.umbra.appliance.host.LiveVm;
import dev.umbra.appliance.machine.Consoles;
import dev.umbra.appliance.machine.DeviceCounters;
import dev.umbra.appliance.recording.Recordings;
import dev.umbra.cloudhypervisor.HostCounter;
import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.introspection.Findings;
import dev.umbra.remoteconsole.graphical.GraphicalConsoleCounters;
import dev.umbra.remoteconsole.rfb.RfbSessionCounters;
import dev.umbra.remoteconsole.serial.SerialConsoleCounters;
import dev.umbra.ultracall.HypervisorCounter;
import dev.umbra.ultracall.link.LinkStatistics;
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
    private static final String SESSIONS_NOW = "sessions.now";

    private final MeterRegistry registry;
    private final Hosts hosts;
    private final Consoles consoles;
    private final DeviceCounters devices;
    private final Map<Object, List<Meter>> vmMeters = new HashMap<>();

    public ApplianceMetrics(
            MeterRegistry registry,
            Hosts hosts,
            Consoles consoles,
            DeviceCounters devices,
            AuditTrail audit,
            AuditQueue queue,
            Findings findings,
            ConsoleTickets tickets,
            SshService ssh,
            VncService vnc,
            RfbSessionCounters screens,
            Recordings recordings) {
        this.registry = registry;
        this.hosts = hosts;
        this.consoles = consoles;
        this.devices = devices;
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
        registerScreens(vnc, screens, recordings);
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
        counter(name, Tags.empty(), source, value);
    }

    private void registerScreens(VncService vnc, RfbSessionCounters screens, Recordings recordings) {
        Tags none = Tags.empty();
        gauge("umbra.vnc.connections", none, vnc, service -> service.counters().connections());
        counter(
                "umbra.vnc.connections.refused",
                vnc,
                service -> service.counters().connectionsRefused());
        counter("umbra.vnc.logins.throttled", vnc, service -> service.counters().loginsThrottled());
        gauge("umbra.recordings", none, recordings, Recordings::inProgress);
        for (RecordCounts count : RecordCounts.of(RfbSessionCounters.Values.class)) {
            String name = "umbra.rfb." + count.name();
            counter(
                    name,
                    Tags.of("door", "vnc"),
                    vnc,
                    service -> count.value(service.counters().sessions()));
            counter(name, Tags.of("door", "web"), screens, counters -> count.value(counters.values()));
        }
    }

    private void registerHost(String name) {
        Tags tags = Tags.of("host", name);
        gauge("umbra.host.attached", tags, hosts, all -> all.host(name).attached() ? 1 : 0);
        gauge("umbra.host.vms", tags, hosts, all -> all.host(name).tenantVms());
        for (HypervisorCounter counter : HypervisorCounter.values()) {
            counter(
                    "umbra.module." + label(counter),
                    tags,
                    hosts,
                    all -> all.host(name)
                            .counters()
                            .map(values -> values.value(counter))
                            .orElse(0L));
        }
        for (HostCounter counter : HostCounter.values()) {
            counter(
                    "umbra.service." + label(counter),
                    tags,
                    hosts,
                    all -> all.host(name).service().getOrDefault(counter, 0L));
        }
        for (RecordCounts count : RecordCounts.of(LinkStatistics.class)) {
            counter(
                    "umbra.link." + count.name(),
                    tags,
                    hosts,
                    all -> count.value(all.host(name).link()));
        }
    }

    private List<Meter> registerVm(String host, LiveVm vm) {
        TenantVmKey key = vm.vm().key();
        Tags tags = Tags.of("host", host, "vm", Long.toUnsignedString(key.tenantVm()));
        List<Meter> meters = new ArrayList<>();
        for (HypervisorCounter counter : HypervisorCounter.values()) {
            meters.add(counter(
                    "umbra.vm." + label(counter),
                    tags,
                    hosts,
                    all -> all.find(key)
                            .flatMap(LiveVm::counters)
                            .map(values -> values.value(counter))
                            .orElse(0L)));
        }
        meters.add(gauge(
                "umbra.vm.queue.frames",
                tags,
                hosts,
                all -> all.find(key)
                        .map(live -> live.vm().newest() - live.vm().acknowledged())
                        .orElse(0L)));
        for (RecordCounts count : RecordCounts.of(SerialConsoleCounters.class)) {
            meters.add(session(
                    "umbra.console.",
                    count,
                    tags,
                    consoles,
                    all -> all.console(key)
                            .map(console -> count.value(console.counters()))
                            .orElse(0L)));
        }
        for (RecordCounts count : RecordCounts.of(GraphicalConsoleCounters.class)) {
            meters.add(session(
                    "umbra.screen.",
                    count,
                    tags,
                    consoles,
                    all -> all.graphicalConsole(key)
                            .map(console -> count.value(console.counters()))
                            .orElse(0L)));
        }
        devices.counters(key).forEach((device, counters) -> {
            for (RecordCounts count : RecordCounts.of(counters.getClass())) {
                meters.add(counter(
                        "umbra." + device + "." + count.name(),
                        tags,
                        devices,
                        all -> Optional.ofNullable(all.counters(key).get(device))
                                .map(count::value)
                                .orElse(0L)));
            }
        });
        return meters;
    }

    /** Everything a console counts only grows, but for the sessions it has now. */
    private <T> Meter session(String prefix, RecordCounts count, Tags tags, T source, ToLongFunction<T> value) {
        return count.name().equals(SESSIONS_NOW)
                ? gauge(prefix + "sessions", tags, source, value)
                : counter(prefix + count.name(), tags, source, value);
    }

    private <T> Meter counter(String name, Tags tags, T source, ToLongFunction<T> value) {
        return FunctionCounter.builder(name, source, value::applyAsLong)
                .tags(tags)
                .register(registry);
    }

    private <T> Meter gauge(String name, Tags tags, T source, ToLongFunction<T> value) {
        return Gauge.builder(name, source, value::applyAsLong).tags(tags).register(registry);
    }

    private static String label(Enum<?> counter) {
        return counter.name().toLowerCase(Locale.ROOT).replace('_', '.');
    }
}
