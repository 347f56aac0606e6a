// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import dev.umbra.introspection.view.Endpoint;
import dev.umbra.introspection.view.NetworkInterface;
import dev.umbra.introspection.view.Socket;
import dev.umbra.introspection.view.SocketKind;
import dev.umbra.introspection.view.SocketState;
import java.net.InetAddress;
import java.util.List;

/**
 * {@code /proc/net} of one network namespace, in the form of net/ipv4/tcp_ipv4.c, udp.c, raw.c, net/unix/af_unix.c,
 * net/netlink/af_netlink.c, net/packet/af_packet.c and net/core/net-procfs.c. Addresses of kernel objects are printed as
 * the kernel prints them to those who may not know them: as zero.
 */
final class NetworkDirectory {
    private static final int LINE = 149;
    private static final int ACCEPTS_CONNECTIONS = 1 << 16;
    private static final int SS_UNCONNECTED = 1;
    private static final int SS_CONNECTING = 2;
    private static final int SS_CONNECTED = 3;

    private final List<Socket> sockets;
    private final List<NetworkInterface> interfaces;

    NetworkDirectory(ProcSnapshot snapshot, long namespace) {
        this.sockets = snapshot.sockets().stream()
                .filter(socket -> socket.namespace() == namespace)
                .toList();
        this.interfaces = snapshot.interfaces().stream()
                .filter(device -> device.namespace() == namespace)
                .toList();
    }

    Listing listing() {
        return new Listing(ProcNode.ROOT)
                .with("dev", this::devices)
                .with("tcp", () -> internet(SocketKind.TCP))
                .with("tcp6", () -> internet(SocketKind.TCP6))
                .with("udp", () -> internet(SocketKind.UDP))
                .with("udp6", () -> internet(SocketKind.UDP6))
                .with("raw", () -> internet(SocketKind.RAW))
                .with("raw6", () -> internet(SocketKind.RAW6))
                .with("unix", this::local)
                .with("netlink", this::netlink)
                .with("packet", this::packet)
                .with(
                        "route",
                        () -> new Text()
                                .left(
                                        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
                                        127)
                                .end());
    }

    private List<Socket> of(SocketKind kind) {
        return sockets.stream().filter(socket -> socket.kind() == kind).toList();
    }

    private Text internet(SocketKind kind) {
        boolean six = kind == SocketKind.TCP6 || kind == SocketKind.UDP6 || kind == SocketKind.RAW6;
        boolean tcp = kind == SocketKind.TCP || kind == SocketKind.TCP6;
        Text text = new Text();
        text.add("  sl  ").left("local_address", six ? 38 : 14).left("rem_address", six ? 38 : 14);
        text.add("st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode")
                .add(tcp ? "" : " ref pointer drops");
        text.column(tcp ? LINE : 0).end();
        int line = 0;
        for (Socket socket : of(kind)) {
            text.right(line++, 4).add(": ");
            endpoint(text, socket.local(), six);
            endpoint(text, socket.remote(), six);
            text.upperHex(state(socket.state()), 2).add(" ");
            text.upperHex(socket.sendQueue(), 8).add(":").upperHex(socket.receiveQueue(), 8);
            text.add(" 00:00000000 00000000 ").right(user(socket), 5).add("        0 ");
            text.add(Long.toUnsignedString(socket.inode())).add(tcp ? " 1 0000000000000000" : " 2 0000000000000000 0");
            text.column(tcp ? LINE : 0).end();
        }
        return text;
    }

    private static void endpoint(Text text, Endpoint endpoint, boolean six) {
        byte[] address = new byte[six ? 16 : 4];
        int port = 0;
        if (endpoint instanceof Endpoint.Internet internet) {
            byte[] known = bytes(internet.address());
            if (known.length == address.length) {
                address = known;
            } else if (six) {
                mapped(known, address);
            }
            port = internet.port();
        }
        for (int word = 0; word < address.length; word += 4) {
            text.upperHex(
                    address[word + 3] << 24 & 0xff00_0000L
                            | address[word + 2] << 16 & 0xff_0000
                            | address[word + 1] << 8 & 0xff00
                            | address[word] & 0xff,
                    8);
        }
        text.add(":").upperHex(port, 4).add(" ");
    }

    /** IPv4 in an IPv6 socket: ::ffff:a.b.c.d. */
    private static void mapped(byte[] four, byte[] six) {
        six[10] = (byte) 0xff;
        six[11] = (byte) 0xff;
        System.arraycopy(four, 0, six, 12, four.length);
    }

    /** Only numbers reach the resolver, so nobody is asked. */
    private static byte[] bytes(String address) {
        try {
            return InetAddress.ofLiteral(address).getAddress();
        } catch (IllegalArgumentException e) {
            return new byte[4];
        }
    }

    private static int state(SocketState state) {
        return switch (state) {
            case UNKNOWN -> SocketState.CLOSE.ordinal();
            case NEW_SYN_RECEIVED -> SocketState.SYN_RECEIVED.ordinal();
            default -> state.ordinal();
        };
    }

    private static String user(Socket socket) {
        return Integer.toUnsignedString(Math.max(socket.uid(), 0));
    }

    private Text local() {
        Text text = new Text()
                .add("Num       RefCount Protocol Flags    Type St Inode Path")
                .end();
        for (Socket socket : of(SocketKind.UNIX)) {
            boolean listens = socket.state() == SocketState.LISTEN;
            int state = socket.state() == SocketState.ESTABLISHED
                    ? SS_CONNECTED
                    : listens || socket.inode() != 0 ? SS_UNCONNECTED : SS_CONNECTING;
            text.add("0000000000000000: 00000002 00000000 ");
            text.upperHex(listens ? ACCEPTS_CONNECTIONS : 0, 8).add(" ").upperHex(socket.type(), 4);
            text.add(" ").upperHex(state, 2).add(" ").right(Long.toUnsignedString(socket.inode()), 5);
            String name = socket.local() instanceof Endpoint.Local path ? path.name() : "";
            text.add(name.isEmpty() ? "" : " " + name.replace("\n", "\\n")).end();
        }
        return text;
    }

    private Text netlink() {
        Text text = new Text();
        text.add("sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode")
                .end();
        for (Socket socket : of(SocketKind.NETLINK)) {
            Endpoint.Netlink local =
                    socket.local() instanceof Endpoint.Netlink known ? known : new Endpoint.Netlink(0, 0);
            text.add("0000000000000000 ")
                    .left(Integer.toString(socket.protocol()), 3)
                    .add(" ");
            text.left(Integer.toUnsignedString(local.port()), 10).add(" ").hex(local.groups() & 0xffff_ffffL, 8);
            text.add(" ")
                    .left(Long.toString(socket.receiveQueue()), 8)
                    .add(" ")
                    .left(Long.toString(socket.sendQueue()), 8);
            text.add(" 0     2        0        ")
                    .left(Long.toUnsignedString(socket.inode()), 8)
                    .end();
        }
        return text;
    }

    private Text packet() {
        Text text = new Text()
                .add("sk               RefCnt Type Proto  Iface R Rmem   User   Inode")
                .end();
        for (Socket socket : of(SocketKind.PACKET)) {
            Endpoint.Packet local = socket.local() instanceof Endpoint.Packet known ? known : new Endpoint.Packet(0, 0);
            text.add("0000000000000000 2      ")
                    .left(Integer.toString(socket.type()), 4)
                    .add(" ")
                    .hex(local.protocol(), 4);
            text.add("   ").left(Integer.toString(local.interfaceIndex()), 5).add(" 1 ");
            text.left(Long.toString(socket.receiveQueue()), 6)
                    .add(" ")
                    .left(user(socket), 6)
                    .add(" ");
            text.left(Long.toUnsignedString(socket.inode()), 6).end();
        }
        return text;
    }

    private Text devices() {
        Text text = new Text();
        text.add("Inter-|   Receive                                                |  Transmit")
                .end();
        text.add(" face |bytes    packets errs drop fifo frame compressed multicast|");
        text.add("bytes    packets errs drop fifo colls carrier compressed").end();
        for (NetworkInterface device : interfaces) {
            NetworkInterface.Counters counters =
                    device.counters().orElse(new NetworkInterface.Counters(0, 0, 0, 0, 0, 0, 0, 0));
            text.right(device.name(), 6)
                    .add(":")
                    .right(counters.receivedBytes(), 8)
                    .add(" ");
            text.right(counters.receivedPackets(), 7)
                    .add(" ")
                    .right(counters.receiveErrors(), 4)
                    .add(" ");
            text.right(counters.receiveDrops(), 4).add("    0     0          0         0 ");
            text.right(counters.sentBytes(), 8)
                    .add(" ")
                    .right(counters.sentPackets(), 7)
                    .add(" ");
            text.right(counters.sendErrors(), 4).add(" ").right(counters.sendDrops(), 4);
            text.add("    0     0       0          0").end();
        }
        return text;
    }
}
