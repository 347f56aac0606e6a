// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sockets of real kernels, as {@code /proc/net} showed them right before, in each network namespace. */
@EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
class SocketTruthTest {
    private static List<Snapshot> snapshots() {
        return Truth.snapshots();
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void socketsAreThoseOfProc(Snapshot snapshot) throws IOException {
        Truth truth = new Truth(snapshot);
        View<Socket> view = truth.views.sockets();
        truth.complete(view);
        int tables = 0;
        for (int pid : truth.pids()) {
            String folder = "proc/" + pid + "/net/";
            if (truth.has(folder + "tcp")) {
                tables++;
                String link = truth.link("proc/" + pid + "/ns/net");
                long namespace = Long.parseLong(link.substring(link.indexOf('[') + 1, link.length() - 1));
                List<Socket> shown = view.stream()
                        .filter(socket -> socket.namespace() == namespace)
                        .toList();
                internet(truth, folder + "tcp", SocketKind.TCP, shown);
                internet(truth, folder + "tcp6", SocketKind.TCP6, shown);
                internet(truth, folder + "udp", SocketKind.UDP, shown);
                internet(truth, folder + "udp6", SocketKind.UDP6, shown);
                internet(truth, folder + "raw", SocketKind.RAW, shown);
                internet(truth, folder + "raw6", SocketKind.RAW6, shown);
                others(truth, folder, shown);
            }
        }
        assertThat(tables).isPositive();
        truth.check();
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void socketsOfDescriptorsAreThoseOfTheTables(Snapshot snapshot) throws IOException {
        Truth truth = new Truth(snapshot);
        View<Socket> open = truth.views.openSockets();
        truth.complete(open);
        for (Socket socket : open.entries()) {
            truth.same(
                    socket.pid() + "/fd/" + socket.descriptor(),
                    truth.link("proc/" + socket.pid() + "/fd/" + socket.descriptor()),
                    "socket:[" + socket.inode() + "]");
        }
        List<Long> listed = truth.views.sockets().stream().map(Socket::address).toList();
        assertThat(open.stream()
                        .filter(socket -> socket.kind() != SocketKind.OTHER)
                        .filter(socket -> socket.state() != SocketState.CLOSE || socket.kind() == SocketKind.UNIX)
                        .map(Socket::address)
                        .toList())
                .isSubsetOf(listed);
        truth.check();
    }

    private static void internet(Truth truth, String file, SocketKind kind, List<Socket> shown) {
        List<String> expected = new ArrayList<>();
        for (String line : truth.lines(file).stream().skip(1).toList()) {
            String[] fields = line.strip().split(" +");
            String[] queues = fields[4].split(":");
            int state = Integer.parseInt(fields[3], 16);
            expected.add(String.join(
                    " ",
                    endpoint(fields[1]),
                    endpoint(fields[2]),
                    String.valueOf(state),
                    String.valueOf(Long.parseLong(queues[0], 16)),
                    String.valueOf(Long.parseLong(queues[1], 16)),
                    fields[7],
                    fields[9]));
        }
        truth.same(
                file,
                expected.stream().sorted().toList(),
                shown.stream()
                        .filter(socket -> socket.kind() == kind)
                        .map(socket -> String.join(
                                " ",
                                socket.local().toString(),
                                socket.remote().toString(),
                                String.valueOf(socket.state().ordinal()),
                                String.valueOf(socket.sendQueue()),
                                String.valueOf(socket.receiveQueue()),
                                String.valueOf(Math.max(socket.uid(), 0)),
                                String.valueOf(socket.inode())))
                        .sorted()
                        .toList());
    }

    /** Words of four bytes, each as the processor reads it, and a port. */
    private static String endpoint(String field) {
        String[] parts = field.split(":");
        byte[] bytes = HexFormat.of().parseHex(parts[0]);
        for (int word = 0; word < bytes.length; word += 4) {
            byte first = bytes[word];
            byte second = bytes[word + 1];
            bytes[word] = bytes[word + 3];
            bytes[word + 1] = bytes[word + 2];
            bytes[word + 2] = second;
            bytes[word + 3] = first;
        }
        String address = bytes.length == 16
                ? InternetAddresses.six(bytes)
                : InternetAddresses.four(
                        (bytes[3] & 0xff) << 24 | (bytes[2] & 0xff) << 16 | (bytes[1] & 0xff) << 8 | bytes[0] & 0xff);
        return new Endpoint.Internet(address, Integer.parseInt(parts[1], 16)).toString();
    }

    private static void others(Truth truth, String folder, List<Socket> shown) {
        truth.same(
                folder + "unix",
                rows(truth, folder + "unix", row -> row[4] + " " + row[6] + " " + (row.length > 7 ? row[7] : "-")),
                of(
                        shown,
                        SocketKind.UNIX,
                        socket -> String.format("%04x %d %s", socket.type(), socket.inode(), socket.local())));
        truth.same(
                folder + "packet",
                rows(truth, folder + "packet", row -> row[2] + " " + row[3] + " " + row[4] + " " + row[8]),
                of(shown, SocketKind.PACKET, socket -> {
                    Endpoint.Packet packet = (Endpoint.Packet) socket.local();
                    return String.format(
                            "%d %04x %d %d", socket.type(), packet.protocol(), packet.interfaceIndex(), socket.inode());
                }));
        truth.same(
                folder + "netlink",
                rows(truth, folder + "netlink", row -> row[1] + " " + row[2] + " " + row[3] + " " + row[9]),
                of(shown, SocketKind.NETLINK, socket -> {
                    Endpoint.Netlink netlink = (Endpoint.Netlink) socket.local();
                    return String.format(
                            "%d %s %08x %d",
                            socket.protocol(),
                            Integer.toUnsignedString(netlink.port()),
                            netlink.groups(),
                            socket.inode());
                }));
    }

    private static List<String> rows(Truth truth, String file, Function<String[], String> row) {
        return truth.lines(file).stream()
                .skip(1)
                .map(line -> row.apply(line.strip().split(" +")))
                .sorted()
                .collect(Collectors.toList());
    }

    private static List<String> of(List<Socket> shown, SocketKind kind, Function<Socket, String> row) {
        return shown.stream()
                .filter(socket -> socket.kind() == kind)
                .map(row)
                .sorted()
                .collect(Collectors.toList());
    }
}
