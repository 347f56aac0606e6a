// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.access;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** The part of a client's address that one client cannot change at will: all of IPv4, the first 64 bits of IPv6. */
public final class ClientAddress {
    private static final int PREFIX_BYTES = 8;

    private ClientAddress() {}

    /** In words; {@code unknown} for what is no Internet address. */
    public static String of(SocketAddress client) {
        return client instanceof InetSocketAddress address && !address.isUnresolved()
                ? of(address.getAddress())
                : "unknown";
    }

    static String of(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address.getHostAddress();
        }
        byte[] prefix = address.getAddress();
        Arrays.fill(prefix, PREFIX_BYTES, prefix.length, (byte) 0);
        try {
            return InetAddress.getByAddress(prefix).getHostAddress() + "/64";
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
