// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.view.NetworkInterface.Address;
import dev.umbra.introspection.view.NetworkInterface.Counters;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads the network interfaces of all network namespaces ({@code linux/netdevice.h}). Where an interface counts is its driver's
 * choice: in the interface itself, in one of the kernel's per-CPU structures, or in structures of its own. The last cannot be
 * read without knowing the driver; which it is, the driver's functions tell.
 */
final class InterfaceReader {
    private static final class Layout {
        final int listed;
        final int namespaceNumber;
        final int namespaceDevices;
        final int list;
        final int name;
        final int nameSize;
        final int index;
        final int flags;
        final int mtu;
        final int type;
        final int operationalState;
        final int hardwareAddress;
        final int hardwareLength;
        final int four;
        final int six;
        final int fourFirst;
        final int fourNext;
        final int fourAddress;
        final int fourPrefix;
        final int sixList;
        final int sixNode;
        final int sixPrefix;
        final int sixAddress;
        final int operations;
        final int getStatistics64;
        final int getStatistics;
        final int statistics;
        final int perCpu;
        final int receivedPackets;
        final int sentPackets;
        final int receivedBytes;
        final int sentBytes;
        final int receiveErrors;
        final int sendErrors;
        final int receiveDropped;
        final int sendDropped;
        final int tunnelReceivedPackets;
        final int tunnelReceivedBytes;
        final int tunnelSentPackets;
        final int tunnelSentBytes;
        final int loopbackPackets;
        final int loopbackBytes;

        Layout(KernelProfile profile) {
            StructFields net = new StructFields(profile, "net");
            listed = net.at("list");
            namespaceNumber = net.at("ns.inum");
            namespaceDevices = net.at("dev_base_head");
            StructFields device = new StructFields(profile, "net_device");
            list = device.at("dev_list");
            name = device.at("name");
            nameSize = device.bytes("name");
            index = device.at("ifindex");
            flags = device.at("flags");
            mtu = device.at("mtu");
            type = device.at("type");
            operationalState = device.at("operstate");
            hardwareAddress = device.at("dev_addr");
            hardwareLength = device.at("addr_len");
            four = device.at("ip_ptr");
            six = device.optional("ip6_ptr");
            fourFirst = profile.offset("in_device", "ifa_list");
            StructFields address4 = new StructFields(profile, "in_ifaddr");
            fourNext = address4.at("ifa_next");
            fourAddress = address4.at("ifa_local");
            fourPrefix = address4.at("ifa_prefixlen");
            boolean hasSix = six != StructFields.ABSENT;
            sixList = hasSix ? profile.offset("inet6_dev", "addr_list") : StructFields.ABSENT;
            StructFields address6 = new StructFields(profile, "inet6_ifaddr");
            sixNode = hasSix ? address6.at("if_list") : StructFields.ABSENT;
            sixPrefix = hasSix ? address6.at("prefix_len") : StructFields.ABSENT;
            sixAddress = hasSix ? address6.at("addr") : StructFields.ABSENT;
            operations = device.at("netdev_ops");
            getStatistics64 = profile.offset("net_device_ops", "ndo_get_stats64");
            getStatistics = profile.offset("net_device_ops", "ndo_get_stats");
            statistics = device.at("stats");
            perCpu = device.first("tstats", "lstats");
            StructFields statistic = new StructFields(profile, "net_device_stats");
            receivedPackets = statistic.at("rx_packets");
            sentPackets = statistic.at("tx_packets");
            receivedBytes = statistic.at("rx_bytes");
            sentBytes = statistic.at("tx_bytes");
            receiveErrors = statistic.at("rx_errors");
            sendErrors = statistic.at("tx_errors");
            receiveDropped = statistic.at("rx_dropped");
            sendDropped = statistic.at("tx_dropped");
            StructFields tunnel = new StructFields(profile, "pcpu_sw_netstats");
            tunnelReceivedPackets = tunnel.at("rx_packets");
            tunnelReceivedBytes = tunnel.at("rx_bytes");
            tunnelSentPackets = tunnel.at("tx_packets");
            tunnelSentBytes = tunnel.at("tx_bytes");
            StructFields loopback = new StructFields(profile, "pcpu_lstats");
            loopbackPackets = loopback.at("packets");
            loopbackBytes = loopback.at("bytes");
        }
    }

    private static final int MAXIMUM_ADDRESSES = 4096;
    private static final int HARDWARE_ADDRESS_LIMIT = 32;
    private static final int IPV6_BYTES = 16;
    private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

    private final Scan scan;
    private final Kernel kernel;
    private final AddressSpace memory;
    private final Layout layout;

    InterfaceReader(Scan scan) {
        this.scan = scan;
        this.kernel = scan.kernel();
        this.memory = scan.memory();
        this.layout = scan.layout(Layout.class, Layout::new);
    }

    void forEach(Consumer<NetworkInterface> visitor) {
        scan.lists()
                .ring(
                        "net_namespace_list",
                        scan.symbol("net_namespace_list"),
                        Scan.MAXIMUM_ENTRIES,
                        node -> forEachOf(node - layout.listed, visitor));
    }

    private void forEachOf(long net, Consumer<NetworkInterface> visitor) {
        long namespace = Integer.toUnsignedLong(memory.u32(net + layout.namespaceNumber));
        scan.lists()
                .ring(
                        "net.dev_base_head",
                        net + layout.namespaceDevices,
                        Scan.MAXIMUM_ENTRIES,
                        node -> visitor.accept(read(namespace, node - layout.list)));
    }

    private NetworkInterface read(long namespace, long device) {
        int hardwareLength = Math.min(memory.u8(device + layout.hardwareLength), HARDWARE_ADDRESS_LIMIT);
        List<Address> addresses = new ArrayList<>();
        addFour(addresses, device);
        addSix(addresses, device);
        return new NetworkInterface(
                device,
                namespace,
                memory.u32(device + layout.index),
                scan.text(device + layout.name, layout.nameSize),
                memory.u16(device + layout.type),
                memory.u32(device + layout.flags),
                memory.u8(device + layout.operationalState),
                memory.u32(device + layout.mtu),
                scan.part(
                        "net_device.dev_addr",
                        memory.u64(device + layout.hardwareAddress),
                        "",
                        address -> COLONS.formatHex(memory.bytes(address, hardwareLength))),
                addresses,
                scan.part("net_device.stats", device, Optional.empty(), this::counters));
    }

    private void addFour(List<Address> addresses, long device) {
        long inDevice = memory.u64(device + layout.four);
        long first = scan.part("in_device", inDevice, 0L, at -> memory.u64(at + layout.fourFirst));
        scan.lists()
                .chain(
                        "in_device.ifa_list",
                        first,
                        layout.fourNext,
                        MAXIMUM_ADDRESSES,
                        address -> addresses.add(new Address(
                                InternetAddresses.four(memory.u32(address + layout.fourAddress)),
                                memory.u8(address + layout.fourPrefix))));
    }

    private void addSix(List<Address> addresses, long device) {
        long inDevice = layout.six == StructFields.ABSENT ? 0 : memory.u64(device + layout.six);
        if (inDevice != 0) {
            scan.lists().ring("inet6_dev.addr_list", inDevice + layout.sixList, MAXIMUM_ADDRESSES, node -> {
                long address = node - layout.sixNode;
                addresses.add(new Address(
                        InternetAddresses.six(memory.bytes(address + layout.sixAddress, IPV6_BYTES)),
                        memory.u32(address + layout.sixPrefix)));
            });
        }
    }

    private Optional<Counters> counters(long device) {
        long operations = memory.u64(device + layout.operations);
        long function = memory.u64(operations + layout.getStatistics64);
        if (function == 0) {
            return memory.u64(operations + layout.getStatistics) == 0
                    ? Optional.of(own(device, new long[4]))
                    : Optional.empty();
        }
        if (is(function, "loopback_get_stats64")) {
            long[] sums = perCpu(device, layout.loopbackBytes, layout.loopbackPackets);
            return Optional.of(new Counters(sums[0], sums[1], sums[0], sums[1], 0, 0, 0, 0));
        }
        return is(function, "dev_get_tstats64")
                ? Optional.of(own(
                        device,
                        perCpu(
                                device,
                                layout.tunnelReceivedBytes,
                                layout.tunnelReceivedPackets,
                                layout.tunnelSentBytes,
                                layout.tunnelSentPackets)))
                : Optional.empty();
    }

    private boolean is(long function, String symbol) {
        return kernel.profile().symbol(symbol).orElse(0) == function;
    }

    private Counters own(long device, long[] more) {
        long at = device + layout.statistics;
        return new Counters(
                memory.u64(at + layout.receivedBytes) + more[0],
                memory.u64(at + layout.receivedPackets) + more[1],
                memory.u64(at + layout.sentBytes) + more[2],
                memory.u64(at + layout.sentPackets) + more[3],
                memory.u64(at + layout.receiveErrors),
                memory.u64(at + layout.sendErrors),
                memory.u64(at + layout.receiveDropped),
                memory.u64(at + layout.sendDropped));
    }

    private long[] perCpu(long device, int... fields) {
        long[] sums = new long[fields.length];
        long area = memory.u64(device + layout.perCpu);
        for (int cpu = 0; cpu < kernel.cpus(); cpu++) {
            for (int field = 0; field < fields.length; field++) {
                sums[field] += memory.u64(area + kernel.perCpuBase(cpu) + fields[field]);
            }
        }
        return sums;
    }
}
