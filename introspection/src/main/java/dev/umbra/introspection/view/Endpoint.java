// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/** One end of a socket. */
public sealed interface Endpoint {
    /**
     * @param address as in RFC 5952 or dotted
     * @param port 0 if there is none
     */
    record Internet(String address, int port) implements Endpoint {
        /** Such as {@code 10.0.2.15:22} or {@code [::1]:25}. */
        @Override
        public String toString() {
            return (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + port;
        }
    }

    /** A name in the file system; an abstract one begins with {@code @}, as {@code /proc/net/unix} shows it. */
    record Local(String name) implements Endpoint {
        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * @param port of the socket, usually a pid; 0 is the kernel
     * @param groups the first 32 multicast groups, a bit each
     */
    record Netlink(int port, int groups) implements Endpoint {
        @Override
        public String toString() {
            return Integer.toUnsignedString(port);
        }
    }

    /**
     * @param protocol Ethernet type, 3 for all
     * @param interfaceIndex 0 for all
     */
    record Packet(int protocol, int interfaceIndex) implements Endpoint {
        @Override
        public String toString() {
            return "0x" + Integer.toHexString(protocol) + "%" + interfaceIndex;
        }
    }

    /** There is none, or it is of no kind known here. */
    record None() implements Endpoint {
        static final None INSTANCE = new None();

        @Override
        public String toString() {
            return "-";
        }
    }
}
