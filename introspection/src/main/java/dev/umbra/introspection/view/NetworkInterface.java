// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import java.util.List;
import java.util.Optional;

/**
 * A network interface.
 *
 * @param address of the {@code struct net_device}
 * @param namespace inode number of the network namespace
 * @param type {@code ARPHRD_} number of {@code linux/if_arp.h}: 1 for Ethernet, 772 for loopback
 * @param flags {@code IFF_} flags of {@code linux/if.h}
 * @param operationalState RFC 2863: 0 unknown, 2 down, 6 up
 * @param hardwareAddress such as {@code 52:54:00:12:34:56}, or empty
 * @param counters if they are kept where the kernel's own types tell, not in the driver
 */
public record NetworkInterface(
        long address,
        long namespace,
        int index,
        String name,
        int type,
        int flags,
        int operationalState,
        int mtu,
        String hardwareAddress,
        List<Address> addresses,
        Optional<Counters> counters) {
    private static final int UP = 1;
    private static final int PROMISCUOUS = 0x100;

    public NetworkInterface {
        addresses = List.copyOf(addresses);
    }

    /**
     * An address of an interface.
     *
     * @param text as in RFC 5952 or dotted
     * @param prefix length of the network part, in bits
     */
    public record Address(String text, int prefix) {}

    /** What it received and sent since it was made. */
    public record Counters(
            long receivedBytes,
            long receivedPackets,
            long sentBytes,
            long sentPackets,
            long receiveErrors,
            long sendErrors,
            long receiveDrops,
            long sendDrops) {}

    /** Whether it was switched on. */
    public boolean up() {
        return (flags & UP) != 0;
    }

    /** Whether it was told to take frames for others, too. */
    public boolean promiscuous() {
        return (flags & PROMISCUOUS) != 0;
    }
}
