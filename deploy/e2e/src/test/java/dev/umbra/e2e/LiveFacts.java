// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import dev.umbra.e2e.testbed.Introspection;
import dev.umbra.e2e.truth.TrueModule;
import dev.umbra.e2e.truth.TrueProcess;
import dev.umbra.e2e.truth.TrueSocket;
import dev.umbra.e2e.truth.Truth;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** What the appliance says of a tenant and what the tenant says of itself, in one form. */
final class LiveFacts {
    private static final long NANOS_PER_TICK = 10_000_000;
    private static final long KIBIBYTE = 1024;
    private static final List<String> STATES = List.of(
            "unknown",
            "established",
            "syn-sent",
            "syn-received",
            "fin-wait1",
            "fin-wait2",
            "time-wait",
            "close",
            "close-wait",
            "last-ack",
            "listen",
            "closing",
            "new-syn-received");

    private LiveFacts() {}

    /** What of a process neither time nor work changes. */
    record LiveProcess(
            int pid,
            int parentPid,
            String name,
            int threads,
            List<Integer> uids,
            List<Integer> gids,
            List<Integer> groups,
            long permitted,
            long effective,
            int processGroup,
            int session,
            long startedTicks,
            String cgroup,
            String executable,
            List<String> commandLine,
            long virtualSize) {
        boolean worker() {
            return name.startsWith("kworker/");
        }
    }

    /** A socket of the Internet Protocol or a local one. */
    record LiveSocket(String kind, int state, String local, String remote, long inode, long namespace) {}

    static SortedMap<Integer, LiveProcess> processes(Introspection introspection) {
        SortedMap<Integer, LiveProcess> processes = new TreeMap<>();
        for (JsonNode fact : introspection.facts("processes")) {
            JsonNode credentials = fact.path("credentials");
            LiveProcess process = new LiveProcess(
                    fact.path("pid").asInt(),
                    fact.path("ppid").asInt(),
                    TrueProcess.settled(fact.path("name").asString("")),
                    fact.path("threads").asInt(),
                    numbers(credentials, "uid", "euid", "suid", "fsuid"),
                    numbers(credentials, "gid", "egid", "sgid", "fsgid"),
                    integers(credentials.path("groups")),
                    hexadecimal(credentials, "permittedCapabilities"),
                    hexadecimal(credentials, "effectiveCapabilities"),
                    fact.path("processGroup").asInt(),
                    fact.path("session").asInt(),
                    fact.path("startTime").asLong() / NANOS_PER_TICK,
                    fact.path("cgroup").asString("/"),
                    fact.path("executable").asString(""),
                    texts(fact.path("commandLine")),
                    fact.path("virtualSize").asLong(0) / KIBIBYTE);
            processes.put(process.pid(), process);
        }
        return processes;
    }

    static SortedMap<Integer, LiveProcess> processes(Truth truth) {
        SortedMap<Integer, LiveProcess> processes = new TreeMap<>();
        TrueProcess.all(truth)
                .forEach((pid, process) -> processes.put(
                        pid,
                        new LiveProcess(
                                pid,
                                process.parentPid(),
                                process.name(),
                                process.threads(),
                                process.uids(),
                                process.gids(),
                                process.groups(),
                                process.capabilities().get(1),
                                process.capabilities().get(2),
                                process.processGroup(),
                                process.session(),
                                process.startedTicks(),
                                process.cgroup().isEmpty() ? "/" : process.cgroup(),
                                process.executable(),
                                process.commandLine(),
                                process.virtualSize())));
        return processes;
    }

    static List<LiveSocket> sockets(Introspection introspection) {
        List<LiveSocket> sockets = new ArrayList<>();
        for (JsonNode fact : introspection.facts("sockets")) {
            String kind = fact.path("protocol").asString();
            boolean internet = TrueSocket.INTERNET.contains(kind);
            if (internet || kind.equals("unix")) {
                int state = STATES.indexOf(fact.path("state").asString("unknown"));
                sockets.add(new LiveSocket(
                        kind,
                        internet || state == TrueSocket.ESTABLISHED || state == TrueSocket.LISTEN
                                ? state
                                : TrueSocket.CLOSE,
                        end(fact, "local", internet),
                        internet ? end(fact, "remote", true) : "",
                        fact.path("inode").asLong(),
                        fact.path("networkNamespace").asLong()));
            }
        }
        return sockets;
    }

    static List<LiveSocket> sockets(Truth truth) {
        return TrueSocket.all(truth).stream()
                .filter(socket -> TrueSocket.INTERNET.contains(socket.kind())
                        || socket.kind().equals("unix"))
                .map(socket -> new LiveSocket(
                        socket.kind(),
                        socket.state(),
                        socket.local(),
                        socket.remote(),
                        socket.inode(),
                        socket.namespace()))
                .toList();
    }

    static List<TrueModule> modules(Introspection introspection) {
        List<TrueModule> modules = new ArrayList<>();
        for (JsonNode fact : introspection.facts("modules")) {
            String state = fact.path("state").asString("");
            modules.add(new TrueModule(
                    fact.path("name").asString(),
                    fact.path("size").asLong(),
                    fact.path("references").asInt(),
                    texts(fact.path("usedBy")),
                    state.substring(0, 1).toUpperCase(Locale.ROOT) + state.substring(1),
                    hexadecimal(fact, "address"),
                    fact.path("taint").asString("")));
        }
        return modules;
    }

    private static String end(JsonNode fact, String which, boolean internet) {
        String address = fact.path(which + "Address").asString("");
        if (!internet) {
            return address;
        }
        String port = ":" + fact.path(which + "Port").asInt(0);
        return address.indexOf(':') < 0 ? address + port : "[" + TrueSocket.expanded(address) + "]" + port;
    }

    private static List<Integer> numbers(JsonNode node, String... names) {
        List<Integer> numbers = new ArrayList<>();
        for (String name : names) {
            numbers.add(node.path(name).asInt());
        }
        return numbers;
    }

    private static List<Integer> integers(JsonNode array) {
        List<Integer> numbers = new ArrayList<>();
        array.forEach(number -> numbers.add(number.asInt()));
        return numbers;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asString()));
        return texts;
    }

    private static long hexadecimal(JsonNode node, String name) {
        return Long.parseUnsignedLong(node.path(name).asString("0x0").substring(2), 16);
    }

    /** Without the workers of the kernel, which come and go with their work. */
    static Map<Integer, LiveProcess> withoutWorkers(SortedMap<Integer, LiveProcess> processes) {
        SortedMap<Integer, LiveProcess> others = new TreeMap<>(processes);
        others.values().removeIf(LiveProcess::worker);
        return others;
    }
}
