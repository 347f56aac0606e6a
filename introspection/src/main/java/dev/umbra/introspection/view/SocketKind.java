// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/** What a socket speaks. */
public enum SocketKind {
    TCP,
    TCP6,
    UDP,
    UDP6,
    RAW,
    RAW6,
    UNIX,
    NETLINK,
    PACKET,
    /** Anything else, such as vsock. */
    OTHER;

    private static final int AF_UNIX = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int AF_NETLINK = 16;
    private static final int AF_PACKET = 17;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_RAW = 3;
    private static final int IPPROTO_TCP = 6;
    private static final int IPPROTO_UDP = 17;
    private static final int IPPROTO_UDPLITE = 136;

    static SocketKind of(int family, int type, int protocol) {
        return switch (family) {
            case AF_UNIX -> UNIX;
            case AF_INET -> internet(type, protocol, TCP, UDP, RAW);
            case AF_INET6 -> internet(type, protocol, TCP6, UDP6, RAW6);
            case AF_NETLINK -> NETLINK;
            case AF_PACKET -> PACKET;
            default -> OTHER;
        };
    }

    private static SocketKind internet(int type, int protocol, SocketKind tcp, SocketKind udp, SocketKind raw) {
        return switch (type) {
            case SOCK_STREAM -> protocol == IPPROTO_TCP ? tcp : OTHER;
            case SOCK_DGRAM -> protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE ? udp : OTHER;
            case SOCK_RAW -> raw;
            default -> OTHER;
        };
    }

    /** Whether its ends are addresses of the Internet Protocol. */
    public boolean internet() {
        return ordinal() <= RAW6.ordinal();
    }
}
