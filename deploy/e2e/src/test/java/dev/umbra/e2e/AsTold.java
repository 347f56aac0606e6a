// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import dev.umbra.e2e.truth.TrueModule;
import dev.umbra.e2e.truth.TrueProcess;
import dev.umbra.e2e.truth.TrueSocket;
import dev.umbra.introspection.view.Credentials;
import dev.umbra.introspection.view.Endpoint;
import dev.umbra.introspection.view.Module;
import dev.umbra.introspection.view.Namespaces;
import dev.umbra.introspection.view.Process;
import dev.umbra.introspection.view.Scheduling;
import dev.umbra.introspection.view.Socket;
import dev.umbra.introspection.view.SocketKind;
import dev.umbra.introspection.view.SocketState;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/** What was read from memory, in the form in which the kernel tells it. */
final class AsTold {
    private static final long NANOS_PER_TICK = 10_000_000;
    private static final int REAL_TIME_PRIORITIES = 100;
    private static final long KIBIBYTE = 1024;

    private AsTold() {}

    static TrueProcess process(Process process) {
        Credentials credentials = process.task().credentials();
        Scheduling scheduling = process.task().scheduling();
        return new TrueProcess(
                process.pid(),
                process.parentPid(),
                process.task().tracerPid(),
                process.task().namespacePid(),
                TrueProcess.settled(process.name()),
                process.task().state().letter(),
                List.of(
                        credentials.uid(),
                        credentials.effectiveUid(),
                        credentials.savedUid(),
                        credentials.fileSystemUid()),
                List.of(
                        credentials.gid(),
                        credentials.effectiveGid(),
                        credentials.savedGid(),
                        credentials.fileSystemGid()),
                credentials.groups(),
                List.of(
                        credentials.inheritable(),
                        credentials.permitted(),
                        credentials.effective(),
                        credentials.bounding(),
                        credentials.ambient()),
                process.threads(),
                process.processGroup(),
                process.session(),
                scheduling.priority() - REAL_TIME_PRIORITIES,
                scheduling.nice(),
                scheduling.realTimePriority(),
                scheduling.policy(),
                process.task().startedNanos() / NANOS_PER_TICK,
                process.task().cgroup(),
                namespaces(process.task().namespaces()),
                process.executable(),
                process.commandLine(),
                process.memory().virtualSize() / KIBIBYTE);
    }

    private static SortedMap<String, Long> namespaces(Namespaces spaces) {
        SortedMap<String, Long> named = new TreeMap<>();
        named.put("mnt", spaces.mount());
        named.put("uts", spaces.uts());
        named.put("ipc", spaces.ipc());
        named.put("net", spaces.network());
        named.put("pid", spaces.pid());
        named.put("pid_for_children", spaces.pidForChildren());
        named.put("user", spaces.user());
        named.put("cgroup", spaces.cgroup());
        named.put("time", spaces.time());
        return named;
    }

    static TrueSocket socket(Socket socket) {
        boolean internet = socket.kind().internet();
        boolean local = socket.kind() == SocketKind.UNIX;
        boolean netlink = socket.kind() == SocketKind.NETLINK;
        boolean packet = socket.kind() == SocketKind.PACKET;
        return new TrueSocket(
                socket.kind().name().toLowerCase(Locale.ROOT),
                local || packet ? socket.type() : 0,
                socket.local() instanceof Endpoint.Packet(int protocol, int _)
                        ? protocol
                        : netlink ? socket.protocol() : TrueSocket.UNTOLD,
                internet ? told(socket.state()).ordinal() : local ? local(socket.state()) : TrueSocket.UNTOLD,
                packet ? "" : endpoint(socket.local()),
                internet ? endpoint(socket.remote()) : "",
                socket.inode(),
                internet || packet ? Math.max(socket.uid(), 0) : TrueSocket.UNTOLD,
                socket.namespace());
    }

    private static SocketState told(SocketState state) {
        return state == SocketState.NEW_SYN_RECEIVED ? SocketState.SYN_RECEIVED : state;
    }

    private static int local(SocketState state) {
        return state == SocketState.ESTABLISHED || state == SocketState.LISTEN
                ? state.ordinal()
                : SocketState.CLOSE.ordinal();
    }

    private static String endpoint(Endpoint endpoint) {
        return switch (endpoint) {
            case Endpoint.Internet(String address, int port)
            when address.indexOf(':') >= 0 -> "[" + TrueSocket.expanded(address) + "]:" + port;
            case Endpoint.None _ -> "";
            default -> endpoint.toString();
        };
    }

    static TrueModule module(Module module) {
        String state = module.state().name();
        return new TrueModule(
                module.name(),
                module.size(),
                module.references(),
                module.users(),
                state.charAt(0) + state.substring(1).toLowerCase(Locale.ROOT),
                module.base(),
                module.taintLetters());
    }
}
