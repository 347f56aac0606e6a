// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.view.Endpoint;
import dev.umbra.introspection.view.MemoryMap;
import dev.umbra.introspection.view.OpenFile;
import dev.umbra.introspection.view.Process;
import dev.umbra.introspection.view.Socket;
import dev.umbra.introspection.view.SocketState;
import dev.umbra.introspection.view.Task;
import dev.umbra.introspection.view.Views;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Takes all views of a kernel, one after the other. */
final class ProcSnapshots {
    /** Areas of all processes; about 100 bytes are kept of each. */
    private static final int MAXIMUM_MAPS = 1 << 20;

    private ProcSnapshots() {}

    static ProcSnapshot take(Kernel kernel) {
        Views views = new Views(kernel);
        List<Process> processes = views.processes().entries();
        return new ProcSnapshot(
                new SystemStateReader(kernel).read(),
                processes,
                views.threads().stream().collect(Collectors.groupingBy(Task::tgid)),
                maps(views, processes),
                views.openFiles().stream().collect(Collectors.groupingBy(OpenFile::pid)),
                sockets(views),
                views.modules().entries(),
                views.mounts().entries(),
                views.interfaces().entries());
    }

    private static Map<Integer, List<MemoryMap>> maps(Views views, List<Process> processes) {
        Map<Integer, List<MemoryMap>> maps = new HashMap<>();
        int left = MAXIMUM_MAPS;
        for (Process process : processes) {
            if (process.memory().address() != 0 && left > 0) {
                List<MemoryMap> areas = views.memoryMaps(process).entries();
                maps.put(process.pid(), areas);
                left -= areas.size();
            }
        }
        return maps;
    }

    /**
     * Sockets of the protocols' tables, and those that only a descriptor leads to although the kernel would have entered
     * them: somebody has taken them off the table.
     */
    private static List<Socket> sockets(Views views) {
        List<Socket> sockets = new ArrayList<>(views.sockets().entries());
        Set<Long> known = sockets.stream().map(Socket::address).collect(Collectors.toSet());
        for (Socket socket : views.openSockets().entries()) {
            if (entered(socket) && known.add(socket.address())) {
                sockets.add(socket);
            }
        }
        return sockets;
    }

    private static boolean entered(Socket socket) {
        return switch (socket.kind()) {
            case TCP, TCP6 -> socket.state() != SocketState.CLOSE && socket.state() != SocketState.UNKNOWN;
            case UDP, UDP6 -> socket.local() instanceof Endpoint.Internet local && local.port() != 0;
            case RAW, RAW6, UNIX, PACKET -> true;
            case NETLINK -> socket.local() instanceof Endpoint.Netlink local && local.port() != 0;
            case OTHER -> false;
        };
    }
}
