// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.view.Socket.Source;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads sockets of all kinds ({@code net/sock.h}). All begin with the same {@code sock_common}; a connection being opened and
 * one being forgotten have little more than that.
 */
final class SocketReader {
    private static final int IPV6_BYTES = 16;
    private static final int UNIX_NAME_OFFSET = 2;
    private static final int UNIX_NAME_LIMIT = 110;
    private static final int SOCK_STREAM = 1;
    private static final int IPPROTO_TCP = 6;
    private static final int SEND_ALLOCATED_BASE = 1;

    private final Scan scan;
    private final AddressSpace memory;
    private final SocketLayout layout;
    private final Map<Long, Long> namespaces = new HashMap<>();
    private final byte[] address = new byte[IPV6_BYTES];

    SocketReader(Scan scan) {
        this.scan = scan;
        this.memory = scan.memory();
        this.layout = scan.layout(SocketLayout.class, SocketLayout::new);
    }

    SocketLayout layout() {
        return layout;
    }

    /** A socket from the hash tables of TCP, where other things stand for one. */
    Socket connection(long sock) {
        SocketState state = SocketState.of(memory.u8(sock + layout.state));
        if (state != SocketState.TIME_WAIT && state != SocketState.NEW_SYN_RECEIVED) {
            return read(sock);
        }
        SocketKind kind = SocketKind.of(memory.u16(sock + layout.family), SOCK_STREAM, IPPROTO_TCP);
        return new Socket(
                sock,
                Source.TABLE,
                kind,
                SOCK_STREAM,
                IPPROTO_TCP,
                state,
                internet(sock, kind, true, memory.u16(sock + layout.number)),
                internet(sock, kind, false, port(sock + layout.remotePort)),
                0,
                state == SocketState.TIME_WAIT ? 0 : -1,
                namespace(sock),
                0,
                0,
                0,
                -1);
    }

    /** A whole {@code struct sock}. */
    Socket read(long sock) {
        int type = memory.u16(sock + layout.type);
        int protocol = memory.u16(sock + layout.protocol);
        SocketKind kind = SocketKind.of(memory.u16(sock + layout.family), type, protocol);
        SocketState state = SocketState.of(memory.u8(sock + layout.state));
        long socket = memory.u64(sock + layout.socket);
        long inode = socket == 0 ? 0 : socket + layout.inode;
        return new Socket(
                sock,
                Source.TABLE,
                kind,
                type,
                protocol,
                state,
                local(sock, kind),
                remote(sock, kind),
                scan.part("socket_alloc", inode, 0L, at -> memory.u64(at + layout.inodeNumber)),
                scan.part("socket_alloc", inode, -1, at -> memory.u32(at + layout.inodeOwner)),
                namespace(sock),
                receiveQueue(sock, kind, state),
                sendQueue(sock, kind),
                0,
                -1);
    }

    /** What is behind a {@code struct socket}. */
    Socket behind(long socket) {
        return read(memory.u64(socket + layout.sock));
    }

    /** Inode number of the network namespace. */
    private long namespace(long sock) {
        long net = memory.u64(sock + layout.net);
        Long known = namespaces.get(net);
        if (known == null) {
            known = scan.part("net", net, 0L, at -> Integer.toUnsignedLong(memory.u32(at + layout.netNumber)));
            namespaces.put(net, known);
        }
        return known;
    }

    private Endpoint local(long sock, SocketKind kind) {
        return switch (kind) {
            case TCP, TCP6, UDP, UDP6, RAW, RAW6 -> internet(sock, kind, true, memory.u16(sock + layout.number));
            case UNIX -> unix(sock);
            case NETLINK ->
                new Endpoint.Netlink(
                        memory.u32(sock + layout.netlinkPort),
                        scan.part("netlink_sock.groups", memory.u64(sock + layout.netlinkGroups), 0, memory::u32));
            case PACKET ->
                new Endpoint.Packet(port(sock + layout.packetProtocol), memory.u32(sock + layout.packetInterface));
            case OTHER -> Endpoint.None.INSTANCE;
        };
    }

    private Endpoint remote(long sock, SocketKind kind) {
        return switch (kind) {
            case TCP, TCP6, UDP, UDP6, RAW, RAW6 -> internet(sock, kind, false, port(sock + layout.remotePort));
            case UNIX ->
                scan.part("unix_sock.peer", memory.u64(sock + layout.unixPeer), Endpoint.None.INSTANCE, this::unix);
            case NETLINK -> new Endpoint.Netlink(memory.u32(sock + layout.netlinkPeer), 0);
            case PACKET, OTHER -> Endpoint.None.INSTANCE;
        };
    }

    private Endpoint.Internet internet(long sock, SocketKind kind, boolean local, int port) {
        boolean six = kind == SocketKind.TCP6 || kind == SocketKind.UDP6 || kind == SocketKind.RAW6;
        if (six) {
            long at = sock + (local ? layout.local6 : layout.remote6);
            memory.read(at, MemorySegment.ofArray(address));
            return new Endpoint.Internet(InternetAddresses.six(address), port);
        }
        return new Endpoint.Internet(
                InternetAddresses.four(memory.u32(sock + (local ? layout.local4 : layout.remote4))), port);
    }

    private int port(long at) {
        int port = memory.u16(at);
        return (port & 0xff) << 8 | port >>> 8;
    }

    /** The name it was bound to, zeros in an abstract one as {@code @}, as {@code unix_seq_show} writes it. */
    private Endpoint unix(long sock) {
        long bound = memory.u64(sock + layout.unixAddress);
        if (bound == 0) {
            return Endpoint.None.INSTANCE;
        }
        int length = Math.clamp(memory.u32(bound + layout.unixLength) - UNIX_NAME_OFFSET, 0, UNIX_NAME_LIMIT);
        byte[] name = memory.bytes(bound + layout.unixName + UNIX_NAME_OFFSET, length);
        int end = length > 0 && name[0] != 0 && name[length - 1] == 0 ? length - 1 : length;
        for (int at = 0; at < end; at++) {
            name[at] = name[at] == 0 ? (byte) '@' : name[at];
        }
        return new Endpoint.Local(new String(name, 0, end, StandardCharsets.UTF_8));
    }

    private long receiveQueue(long sock, SocketKind kind, SocketState state) {
        return switch (kind) {
            case TCP, TCP6 ->
                state == SocketState.LISTEN
                        ? Integer.toUnsignedLong(memory.u32(sock + layout.backlog))
                        : Math.max(0, memory.u32(sock + layout.tcpReceiveNext) - memory.u32(sock + layout.tcpCopied));
            default -> Integer.toUnsignedLong(memory.u32(sock + layout.receiveAllocated));
        };
    }

    private long sendQueue(long sock, SocketKind kind) {
        return switch (kind) {
            case TCP, TCP6 ->
                Math.max(0, memory.u32(sock + layout.tcpWritten) - memory.u32(sock + layout.tcpUnacknowledged));
            default -> Math.max(0, memory.u32(sock + layout.sendAllocated) - SEND_ALLOCATED_BASE);
        };
    }
}
