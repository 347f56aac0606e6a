// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.view.Endpoint;
import dev.umbra.introspection.view.OpenFile;
import dev.umbra.introspection.view.Socket;
import dev.umbra.introspection.view.SocketState;
import dev.umbra.introspection.view.Task;
import dev.umbra.introspection.view.Views;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Takes all views of a kernel, one after the other. */
final class ProcSnapshots {
    private ProcSnapshots() {}

    static ProcSnapshot take(Kernel kernel) {
        Views views = new Views(kernel);
        return new ProcSnapshot(
                new SystemStateReader(kernel).read(),
                views.processes().entries(),
                views.threads().stream().collect(Collectors.groupingBy(Task::tgid)),
                Map.of(),
                views.openFiles().stream().collect(Collectors.groupingBy(OpenFile::pid)),
                sockets(views),
                views.modules().entries(),
                List.of(),
                List.of());
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
