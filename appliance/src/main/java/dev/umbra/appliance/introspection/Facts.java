// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import dev.umbra.introspection.view.BpfProgram;
import dev.umbra.introspection.view.Container;
import dev.umbra.introspection.view.Credentials;
import dev.umbra.introspection.view.Endpoint;
import dev.umbra.introspection.view.LogRecord;
import dev.umbra.introspection.view.MemoryMap;
import dev.umbra.introspection.view.Module;
import dev.umbra.introspection.view.Mount;
import dev.umbra.introspection.view.Namespaces;
import dev.umbra.introspection.view.NetworkInterface;
import dev.umbra.introspection.view.OpenFile;
import dev.umbra.introspection.view.Process;
import dev.umbra.introspection.view.Socket;
import dev.umbra.introspection.view.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;

/** What views show, in the words of the API. */
final class Facts {
    private static final String[] LOG_LEVELS = {
        "emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"
    };

    private Facts() {}

    static Fact.Process of(Process process) {
        Task task = process.task();
        return new Fact.Process(
                process.pid(),
                process.parentPid(),
                process.name(),
                text(task.state()),
                process.kernelThread(),
                process.threads(),
                task.startedNanos(),
                of(task.credentials()),
                process.commandLine(),
                text(process.executable()),
                process.processGroup(),
                process.session(),
                text(process.terminal()),
                text(task.cgroup()),
                of(task.namespaces()),
                process.cpu().user(),
                process.cpu().system(),
                process.memory().virtualSize(),
                process.memory().resident());
    }

    private static Fact.Credentials of(Credentials credentials) {
        return credentials.known()
                ? new Fact.Credentials(
                        credentials.uid(),
                        credentials.effectiveUid(),
                        credentials.savedUid(),
                        credentials.fileSystemUid(),
                        credentials.gid(),
                        credentials.effectiveGid(),
                        credentials.savedGid(),
                        credentials.fileSystemGid(),
                        credentials.groups(),
                        bits(credentials.permitted()),
                        bits(credentials.effective()))
                : null;
    }

    private static Map<String, Long> of(Namespaces namespaces) {
        Map<String, Long> named = new LinkedHashMap<>();
        put(named, "mnt", namespaces.mount());
        put(named, "uts", namespaces.uts());
        put(named, "ipc", namespaces.ipc());
        put(named, "net", namespaces.network());
        put(named, "pid", namespaces.pid());
        put(named, "pid_for_children", namespaces.pidForChildren());
        put(named, "user", namespaces.user());
        put(named, "cgroup", namespaces.cgroup());
        put(named, "time", namespaces.time());
        return named;
    }

    private static void put(Map<String, Long> named, String name, long inode) {
        if (inode != 0) {
            named.put(name, inode);
        }
    }

    static Fact.Thread of(Task task) {
        return new Fact.Thread(
                task.pid(),
                task.tgid(),
                task.name(),
                text(task.state()),
                task.startedNanos(),
                task.scheduling().processor(),
                task.cpu().user(),
                task.cpu().system());
    }

    static Fact.Module of(Module module) {
        return new Fact.Module(
                module.name(),
                bits(module.base()),
                module.size(),
                text(module.state()),
                module.references(),
                module.users(),
                text(module.version()),
                text(module.taintLetters()),
                module.signed());
    }

    /**
     * Sockets of the kernel's tables and those that processes hold, each once, with those who hold it. One that is in
     * one of both places only is listed like any other; whether it hides is for the detection to say.
     */
    static List<NetworkFact.Socket> sockets(List<Socket> inTables, List<Socket> held) {
        Map<Long, Socket> sockets = new LinkedHashMap<>();
        Map<Long, SortedSet<Integer>> holders = new LinkedHashMap<>();
        inTables.forEach(socket -> sockets.putIfAbsent(socket.address(), socket));
        for (Socket socket : held) {
            sockets.putIfAbsent(socket.address(), socket);
            holders.computeIfAbsent(socket.address(), any -> new TreeSet<>()).add(socket.pid());
        }
        List<NetworkFact.Socket> facts = new ArrayList<>(sockets.size());
        sockets.forEach((address, socket) ->
                facts.add(of(socket, List.copyOf(holders.getOrDefault(address, new TreeSet<>())))));
        return facts;
    }

    private static NetworkFact.Socket of(Socket socket, List<Integer> pids) {
        return new NetworkFact.Socket(
                bits(socket.address()),
                text(socket.kind()),
                text(socket.state()),
                address(socket.local()),
                port(socket.local()),
                address(socket.remote()),
                port(socket.remote()),
                socket.inode(),
                socket.uid() < 0 ? null : socket.uid(),
                socket.namespace(),
                socket.receiveQueue(),
                socket.sendQueue(),
                pids);
    }

    private static String address(Endpoint end) {
        return switch (end) {
            case Endpoint.Internet internet -> internet.address();
            case Endpoint.Local local -> text(local.name());
            case Endpoint.Netlink netlink -> netlink.toString();
            case Endpoint.Packet packet -> packet.toString();
            case Endpoint.None none -> null;
        };
    }

    private static Integer port(Endpoint end) {
        return end instanceof Endpoint.Internet internet ? internet.port() : null;
    }

    static Fact.OpenFile of(OpenFile file) {
        return new Fact.OpenFile(
                file.pid(),
                file.descriptor(),
                text(file.kind()),
                text(file.path()),
                bits(file.flags()),
                file.position(),
                file.inode(),
                file.device().toString());
    }

    static Fact.Mapping of(MemoryMap map) {
        return new Fact.Mapping(
                map.pid(),
                bits(map.start()),
                bits(map.end()),
                map.permissions(),
                bits(map.offset()),
                map.device().toString(),
                map.inode(),
                text(map.name()));
    }

    static Fact.Mount of(Mount mount) {
        return new Fact.Mount(
                mount.namespace(),
                mount.id(),
                mount.parentId(),
                mount.device().toString(),
                text(mount.root()),
                text(mount.mountPoint()),
                text(mount.options()),
                text(mount.type()),
                text(mount.source()),
                text(mount.superOptions()));
    }

    static Fact.LogRecord of(LogRecord line) {
        return new Fact.LogRecord(
                line.sequence(),
                line.nanos(),
                line.facility(),
                line.level() >= 0 && line.level() < LOG_LEVELS.length
                        ? LOG_LEVELS[line.level()]
                        : Integer.toString(line.level()),
                text(line.device()),
                line.text());
    }

    static NetworkFact.NetworkInterface of(NetworkInterface device) {
        return new NetworkFact.NetworkInterface(
                device.namespace(),
                device.index(),
                device.name(),
                text(device.hardwareAddress()),
                device.mtu(),
                bits(device.flags()),
                device.up(),
                device.promiscuous(),
                device.addresses().stream()
                        .map(address -> address.text() + "/" + address.prefix())
                        .toList(),
                device.counters().map(NetworkInterface.Counters::receivedBytes).orElse(null),
                device.counters().map(NetworkInterface.Counters::sentBytes).orElse(null));
    }

    static Fact.BpfProgram of(BpfProgram program) {
        return new Fact.BpfProgram(
                program.id(),
                text(program.type()),
                text(program.name()),
                program.tag(),
                program.loadedNanos(),
                program.instructions(),
                program.code() == 0 ? null : bits(program.code()),
                program.codeSize(),
                text(program.attachedTo()));
    }

    static Fact.Container of(Container container) {
        return new Fact.Container(
                container.name(),
                text(container.engine()),
                container.cgroup(),
                text(container.hostName()),
                of(container.namespaces()),
                container.pids(),
                number(container.cpu()),
                number(container.memory()),
                number(container.diskRead()),
                number(container.diskWritten()),
                number(container.received()),
                number(container.sent()));
    }

    static Gap of(dev.umbra.introspection.kernel.structures.Gap gap) {
        return new Gap(text(gap.reason()), gap.what(), gap.address() == 0 ? null : bits(gap.address()), gap.count());
    }

    private static Long number(OptionalLong value) {
        return value.isPresent() ? value.getAsLong() : null;
    }

    private static String text(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String text(String value) {
        return value.isEmpty() ? null : value;
    }

    private static String bits(int value) {
        return bits(Integer.toUnsignedLong(value));
    }

    private static String bits(long value) {
        return "0x" + Long.toHexString(value);
    }
}
