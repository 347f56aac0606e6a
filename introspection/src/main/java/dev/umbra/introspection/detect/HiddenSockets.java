// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.kernel.structures.Gap;
import dev.umbra.introspection.view.Endpoint;
import dev.umbra.introspection.view.Socket;
import dev.umbra.introspection.view.SocketState;
import dev.umbra.introspection.view.View;
import dev.umbra.introspection.view.Views;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Sockets that a process holds and that the tables of their protocol lack. Packets find a connection by those tables, so the
 * kernel has every TCP socket there that listens or has a peer, and every UDP socket with a port; what {@code /proc/net} and
 * {@code ss} show comes from them, too.
 */
final class HiddenSockets implements Detector {
    @Override
    public String name() {
        return "hidden-sockets";
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.SOCKET_HIDDEN);
    }

    @Override
    public void examine(Examination examination) {
        Views views = new Views(examination.kernel());
        View<Socket> held = views.openSockets();
        View<Socket> tables = views.sockets();
        held.gaps().forEach(gap -> pass(examination, gap));
        tables.gaps().forEach(gap -> pass(examination, gap));
        Set<Long> known = tables.stream().map(Socket::address).collect(Collectors.toSet());
        held.stream()
                .filter(HiddenSockets::belongsInTable)
                .filter(socket -> !known.contains(socket.address()))
                .forEach(socket -> examination.report(new Sighting(
                        FindingKind.SOCKET_HIDDEN,
                        "socket " + socket.inode(),
                        new Evidence.Text("kind", socket.kind() + " " + socket.state()),
                        new Evidence.Text("local", socket.local().toString()),
                        new Evidence.Text("remote", socket.remote().toString()),
                        new Evidence.Number("pid", socket.pid()),
                        new Evidence.Number("descriptor", socket.descriptor()),
                        new Evidence.Address("struct sock", socket.address()))));
    }

    private static boolean belongsInTable(Socket socket) {
        return switch (socket.kind()) {
            case TCP, TCP6 -> socket.state() != SocketState.CLOSE && socket.state() != SocketState.UNKNOWN;
            case UDP, UDP6 -> socket.local() instanceof Endpoint.Internet internet && internet.port() != 0;
            default -> false;
        };
    }

    private static void pass(Examination examination, Gap gap) {
        examination.gap(gap.reason(), gap.what(), gap.address());
    }
}
