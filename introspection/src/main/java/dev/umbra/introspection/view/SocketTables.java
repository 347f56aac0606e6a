// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Unreadable;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/**
 * Walks the hash tables in which the protocols look sockets up. Which table serves a network namespace has changed with the
 * years: one for all, one for each, or one for each on request, in which case several namespaces name the same; here every
 * table is walked once, and each socket tells its own namespace.
 */
final class SocketTables {
    private static final class Layout {
        final int listed;
        final int connections;
        final int udp;
        final int unixBuckets;
        final int packets;
        final int established;
        final int establishedMask;
        final int establishedStride;
        final int listening;
        final int listeningMask;
        final int listeningStride;
        final int listeningHead;
        final int udpSlots;
        final int udpMask;
        final int udpStride;
        final int rawBuckets;
        final int rawCount;
        final int netlinkStride;
        final int netlinkTable;
        final int bucketsSize;
        final int bucketsNested;
        final int buckets;

        Layout(KernelProfile profile) {
            StructFields net = new StructFields(profile, "net");
            listed = net.at("list");
            connections = net.optional("ipv4.tcp_death_row.hashinfo");
            udp = net.optional("ipv4.udp_table");
            unixBuckets = net.optional("unx.table.buckets");
            packets = net.optional("packet.sklist");
            StructFields hash = new StructFields(profile, "inet_hashinfo");
            established = hash.at("ehash");
            establishedMask = hash.at("ehash_mask");
            establishedStride = profile.size("inet_ehash_bucket");
            listening = hash.at("lhash2");
            listeningMask = hash.at("lhash2_mask");
            listeningStride = profile.size("inet_listen_hashbucket");
            listeningHead = new StructFields(profile, "inet_listen_hashbucket").first("nulls_head", "head");
            StructFields udpTable = new StructFields(profile, "udp_table");
            udpSlots = udpTable.at("hash");
            udpMask = udpTable.at("mask");
            udpStride = profile.size("udp_hslot");
            rawBuckets = profile.offset("raw_hashinfo", "ht");
            rawCount = profile.field("raw_hashinfo", "ht").elements();
            netlinkStride = profile.size("netlink_table");
            netlinkTable = profile.offset("netlink_table", "hash.tbl");
            StructFields bucketTable = new StructFields(profile, "bucket_table");
            bucketsSize = bucketTable.at("size");
            bucketsNested = bucketTable.at("nest");
            buckets = bucketTable.at("buckets");
        }
    }

    private static final int MAXIMUM_BUCKETS = 1 << 20;
    /** {@code UNIX_HASH_SIZE} in {@code net/af_unix.h}. */
    private static final int UNIX_BUCKETS = 512;
    /** {@code MAX_LINKS} in {@code linux/netlink.h}. */
    private static final int NETLINK_FAMILIES = 32;

    private static final String NAMESPACES = "net_namespace_list";

    private final Scan scan;
    private final AddressSpace memory;
    private final SocketReader sockets;
    private final SocketLayout socketLayout;
    private final Layout layout;
    private final Consumer<Socket> visitor;

    SocketTables(Scan scan, SocketReader sockets, Consumer<Socket> visitor) {
        this.scan = scan;
        this.memory = scan.memory();
        this.sockets = sockets;
        this.socketLayout = sockets.layout();
        this.layout = scan.layout(Layout.class, Layout::new);
        this.visitor = visitor;
    }

    void walk() {
        Set<Long> connections = new LinkedHashSet<>();
        Set<Long> udp = new LinkedHashSet<>();
        Set<Long> unix = new LinkedHashSet<>();
        Set<Long> packets = new LinkedHashSet<>();
        scan.lists().ring(NAMESPACES, scan.symbol(NAMESPACES), Scan.MAXIMUM_ENTRIES, node -> {
            long net = node - layout.listed;
            addPointer(connections, net, layout.connections);
            addPointer(udp, net, layout.udp);
            addPointer(unix, net, layout.unixBuckets);
            if (layout.packets != StructFields.ABSENT) {
                packets.add(net + layout.packets);
            }
        });
        addSymbol(connections, "tcp_hashinfo");
        addSymbol(udp, "udp_table");
        addSymbol(udp, "udplite_table");
        addSymbol(unix, "unix_socket_table");
        connections.forEach(table -> part("inet_hashinfo", table, this::connections));
        udp.forEach(table -> part("udp_table", table, this::udp));
        unix.forEach(table -> part("unix_table", table, this::unix));
        packets.forEach(head -> part("netns_packet.sklist", head, at -> nodes("netns_packet.sklist", memory.u64(at))));
        raw("raw_v4_hashinfo");
        raw("raw_v6_hashinfo");
        netlink();
    }

    private void addPointer(Set<Long> tables, long net, int field) {
        long table = field == StructFields.ABSENT ? 0 : memory.u64(net + field);
        if (table != 0) {
            tables.add(table);
        }
    }

    private void addSymbol(Set<Long> tables, String symbol) {
        scan.profile().symbol(symbol).ifPresent(tables::add);
    }

    private void part(String what, long address, LongConsumer walk) {
        try {
            walk.accept(address);
        } catch (Unreadable hole) {
            scan.gaps().add(Reason.UNREADABLE, what, hole.address());
        }
    }

    private void connections(long table) {
        long established = memory.u64(table + layout.established);
        buckets(
                "inet_hashinfo.ehash",
                established,
                mask(table + layout.establishedMask),
                layout.establishedStride,
                first -> chain("inet_hashinfo.ehash", first, sockets::connection));
        long listening = memory.u64(table + layout.listening);
        if (listening != 0) {
            buckets(
                    "inet_hashinfo.lhash2",
                    listening + layout.listeningHead,
                    mask(table + layout.listeningMask),
                    layout.listeningStride,
                    first -> chain("inet_hashinfo.lhash2", first, sockets::read));
        }
    }

    private void udp(long table) {
        buckets(
                "udp_table.hash",
                memory.u64(table + layout.udpSlots),
                mask(table + layout.udpMask),
                layout.udpStride,
                first -> nodes("udp_table.hash", first));
    }

    private void unix(long buckets) {
        buckets("unix_table.buckets", buckets, UNIX_BUCKETS, Long.BYTES, first -> nodes("unix_table.buckets", first));
    }

    private void raw(String symbol) {
        scan.profile().symbol(symbol).ifPresent(table -> {
            buckets(
                    "raw_hashinfo.ht",
                    table + layout.rawBuckets,
                    layout.rawCount,
                    Long.BYTES,
                    first -> nodes("raw_hashinfo.ht", first));
        });
    }

    private void netlink() {
        part("nl_table", scan.symbol("nl_table"), symbol -> {
            long tables = memory.u64(symbol);
            for (int family = 0; family < NETLINK_FAMILIES; family++) {
                long hash = tables + (long) family * layout.netlinkStride + layout.netlinkTable;
                part("netlink_table.hash", memory.u64(hash), this::hashTable);
            }
        });
    }

    /** A {@code bucket_table} of {@code linux/rhashtable.h}: the lowest bit of each bucket is a lock, and ends are odd. */
    private void hashTable(long table) {
        if (table == 0) {
            return;
        }
        if (memory.u32(table + layout.bucketsNested) != 0) {
            scan.gaps().add(Reason.MALFORMED, "bucket_table.nest", table);
            return;
        }
        buckets(
                "netlink_table.hash",
                table + layout.buckets,
                Integer.toUnsignedLong(memory.u32(table + layout.bucketsSize)),
                Long.BYTES,
                first -> scan.lists()
                        .chain(
                                "netlink_table.hash",
                                first & ~1L,
                                0,
                                Scan.MAXIMUM_ENTRIES,
                                node -> visitor.accept(sockets.read(node - socketLayout.netlinkNode))));
    }

    private long mask(long address) {
        return Integer.toUnsignedLong(memory.u32(address)) + 1;
    }

    private void buckets(String what, long heads, long count, int stride, LongConsumer walk) {
        if (count > MAXIMUM_BUCKETS) {
            scan.gaps().add(Reason.TOO_MANY, what, heads);
        }
        try {
            for (long bucket = 0; bucket < Math.min(count, MAXIMUM_BUCKETS); bucket++) {
                long first = memory.u64(heads + bucket * stride);
                if (first != 0) {
                    walk.accept(first);
                }
            }
        } catch (Unreadable hole) {
            scan.gaps().add(Reason.UNREADABLE, what, hole.address());
        }
    }

    /** A chain of {@code struct sock} by their {@code skc_node}. */
    private void nodes(String what, long first) {
        chain(what, first, sockets::read);
    }

    private void chain(String what, long first, LongFunction<Socket> read) {
        scan.lists()
                .chain(
                        what,
                        first,
                        0,
                        Scan.MAXIMUM_ENTRIES,
                        node -> visitor.accept(read.apply(node - socketLayout.node)));
    }
}
