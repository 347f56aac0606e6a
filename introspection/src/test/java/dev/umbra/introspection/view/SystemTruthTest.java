// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Modules, mounts, log, interfaces, eBPF programs and containers of real kernels, as these showed them right before. */
@EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
class SystemTruthTest {
    private static List<Snapshot> snapshots() {
        return Truth.snapshots();
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void modulesAreThoseOfProc(Snapshot snapshot) throws IOException {
        Truth truth = new Truth(snapshot);
        View<Module> view = truth.views.modules();
        truth.complete(view);
        truth.same(
                "modules",
                truth.lines("proc/modules").stream()
                        .map(line -> withoutPort(line).strip())
                        .toList(),
                view.stream().map(module -> withoutPort(line(module))).toList());
        for (Module module : view.entries()) {
            String text = "sys/module/" + module.name() + "/sections/.text";
            if (truth.has(text)) {
                assertThat(module.contains(
                                Long.parseUnsignedLong(truth.text(text).strip().substring(2), 16)))
                        .isTrue();
            }
        }
        truth.check();
    }

    /** Whoever took the truth held the port he wrote it to. */
    private static String withoutPort(String line) {
        return line.replaceFirst("^(virtio_console \\d+) \\d+", "$1");
    }

    private static String line(Module module) {
        String users = String.join(",", module.users()) + (module.users().isEmpty() ? "" : ",");
        String user = users + (module.permanent() ? "[permanent]," : "");
        String taints = module.taintLetters();
        return String.format(
                        "%s %d %d %s %s 0x%016x %s",
                        module.name(),
                        module.size(),
                        module.references(),
                        user.isEmpty() ? "-" : user,
                        module.state() == ModuleState.LIVE
                                ? "Live"
                                : module.state().name(),
                        module.base(),
                        taints.isEmpty() ? "" : "(" + taints + ")")
                .strip();
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void mountsAreThoseOfProc(Snapshot snapshot) throws IOException {
        Truth truth = new Truth(snapshot);
        View<Mount> view = truth.views.mounts();
        truth.complete(view);
        Set<Long> namespaces = new HashSet<>();
        for (int pid : truth.pids()) {
            if (truth.has("proc/" + pid + "/mountinfo")) {
                String link = truth.link("proc/" + pid + "/ns/mnt");
                long namespace = Long.parseLong(link.substring(link.indexOf('[') + 1, link.length() - 1));
                if (namespaces.add(namespace)
                        && truth.link("proc/" + pid + "/root").equals("/")) {
                    Set<Integer> seen = truth.lines("proc/" + pid + "/mountinfo").stream()
                            .map(line -> Integer.valueOf(line.substring(0, line.indexOf(' '))))
                            .collect(Collectors.toSet());
                    truth.same(
                            "mounts of " + pid,
                            truth.lines("proc/" + pid + "/mountinfo").stream()
                                    .map(SystemTruthTest::withoutOwnOptions)
                                    .collect(Collectors.toSet()),
                            view.stream()
                                    .filter(mount -> mount.namespace() == namespace)
                                    .filter(mount -> seen.contains(mount.id()))
                                    .map(SystemTruthTest::line)
                                    .collect(Collectors.toSet()));
                }
            }
        }
        assertThat(namespaces).isNotEmpty();
        truth.check();
    }

    /** What a file system says about its own options ends the line. */
    private static String withoutOwnOptions(String line) {
        String[] sides = line.split(" - ");
        String[] right = sides[1].split(" ");
        return sides[0] + " - " + right[0] + " " + right[1] + " " + right[2].split(",")[0];
    }

    private static String line(Mount mount) {
        return String.format(
                "%d %d %s %s %s %s%s%s - %s %s %s",
                mount.id(),
                mount.parentId(),
                mount.device(),
                mount.root(),
                mount.mountPoint(),
                mount.options(),
                mount.peerGroup() == 0 ? "" : " shared:" + mount.peerGroup(),
                mount.masterGroup() == 0 ? "" : " master:" + mount.masterGroup(),
                mount.type(),
                mount.source(),
                mount.superOptions());
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void logIsThatOfTheDevice(Snapshot snapshot) throws IOException {
        Truth truth = new Truth(snapshot);
        View<LogRecord> view = truth.views.kernelLog();
        truth.complete(view);
        List<String> expected = truth.lines("kmsg").stream()
                .filter(line -> !line.startsWith(" "))
                .map(line -> line.replaceFirst("^(\\d+,\\d+,\\d+),[^;]*;", "$1;"))
                .toList();
        assertThat(view.stream().map(SystemTruthTest::line).toList().subList(0, expected.size()))
                .isEqualTo(expected);
        Set<String> devices = truth.lines("kmsg").stream()
                .filter(line -> line.startsWith(" DEVICE="))
                .map(line -> line.substring(8))
                .collect(Collectors.toSet());
        assertThat(view.stream()
                        .map(LogRecord::device)
                        .filter(device -> !device.isEmpty())
                        .collect(Collectors.toSet()))
                .isEqualTo(devices);
    }

    private static String line(LogRecord entry) {
        StringBuilder text = new StringBuilder();
        for (byte character : entry.text().getBytes(StandardCharsets.UTF_8)) {
            if (character < ' ' || character >= 127 || character == '\\') {
                text.append(String.format("\\x%02x", character));
            } else {
                text.append((char) character);
            }
        }
        return (entry.facility() << 3 | entry.level()) + "," + entry.sequence() + "," + entry.nanos() / 1000 + ";"
                + text;
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void interfacesAreThoseOfSys(Snapshot snapshot) throws IOException {
        Truth truth = new Truth(snapshot);
        View<NetworkInterface> view = truth.views.interfaces();
        truth.complete(view);
        String link = truth.link("proc/1/ns/net");
        for (NetworkInterface shown : view.entries()) {
            if (!link.equals("net:[" + shown.namespace() + "]")) {
                continue;
            }
            String folder = "sys/class/net/" + shown.name() + "/";
            truth.same(folder + "ifindex", value(truth, folder + "ifindex"), String.valueOf(shown.index()));
            truth.same(folder + "mtu", value(truth, folder + "mtu"), String.valueOf(shown.mtu()));
            truth.same(folder + "type", value(truth, folder + "type"), String.valueOf(shown.type()));
            truth.same(folder + "address", value(truth, folder + "address"), shown.hardwareAddress());
            truth.same(
                    folder + "flags",
                    Integer.decode(value(truth, folder + "flags")) & ~0x40,
                    shown.flags() & ~0x40 & 0xffff);
            shown.counters().ifPresent(counters -> {
                truth.same(folder + "rx_bytes", statistic(truth, folder, "rx_bytes"), counters.receivedBytes());
                truth.same(folder + "rx_packets", statistic(truth, folder, "rx_packets"), counters.receivedPackets());
                truth.same(folder + "tx_bytes", statistic(truth, folder, "tx_bytes"), counters.sentBytes());
                truth.same(folder + "tx_packets", statistic(truth, folder, "tx_packets"), counters.sentPackets());
            });
        }
        assertThat(view.stream()
                        .filter(shown -> link.equals("net:[" + shown.namespace() + "]"))
                        .flatMap(shown -> shown.addresses().stream()
                                .map(address -> shown.name() + (address.text().contains(":") ? " inet6 " : " inet ")
                                        + address.text() + " " + address.prefix())))
                .containsExactlyInAnyOrderElementsOf(truth.lines("addresses"));
        truth.check();
    }

    private static String value(Truth truth, String file) {
        return truth.text(file).strip();
    }

    private static long statistic(Truth truth, String folder, String name) {
        return Long.parseLong(value(truth, folder + "statistics/" + name));
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void programsAreThoseTheSystemCallTellsOf(Snapshot snapshot) throws IOException {
        Truth truth = new Truth(snapshot);
        View<BpfProgram> view = truth.views.bpfPrograms();
        truth.complete(view);
        assertThat(view.stream()
                        .map(program -> String.format(
                                "%d %d %s %d %s",
                                program.id(),
                                program.type().ordinal(),
                                program.tag(),
                                program.instructions() * 8,
                                program.name())))
                .isEqualTo(truth.lines("programs"));
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void containersUseWhatTheirGroupsTell(Snapshot snapshot) throws IOException {
        Truth truth = new Truth(snapshot);
        View<Container> view = truth.views.containers();
        truth.complete(view);
        assertThat(view.stream().map(Container::name)).containsExactlyInAnyOrder("web", "database");
        for (Container container : view.entries()) {
            String folder = "sys/fs/cgroup" + container.cgroup() + "/";
            assertThat(container.hostName()).isEqualTo(container.name());
            truth.same(
                    folder + "cgroup.procs",
                    truth.lines(folder + "cgroup.procs").stream()
                            .map(Integer::valueOf)
                            .collect(Collectors.toSet()),
                    Set.copyOf(container.pids()));
            truth.same(
                    folder + "cpu.stat",
                    Long.parseLong(truth.lines(folder + "cpu.stat").getFirst().substring("usage_usec ".length())),
                    container.cpu().orElseThrow() / 1000);
            truth.same(
                    folder + "memory.current",
                    Long.parseLong(value(truth, folder + "memory.current")),
                    container.memory().orElseThrow());
        }
        truth.check();
    }
}
