// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.KernelProfile;

/** Where the fields of sockets are ({@code net/sock.h}, {@code linux/tcp.h}, {@code net/af_unix.h}, {@code net/netlink/}). */
final class SocketLayout {
    final int family;
    final int state;
    final int number;
    final int remotePort;
    final int local4;
    final int remote4;
    final int local6;
    final int remote6;
    final int net;
    final int node;
    final int netNumber;

    final int type;
    final int protocol;
    final int socket;
    final int receiveAllocated;
    final int sendAllocated;
    final int backlog;
    final int sock;
    final int inode;
    final int inodeNumber;
    final int inodeOwner;

    final int tcpReceiveNext;
    final int tcpCopied;
    final int tcpWritten;
    final int tcpUnacknowledged;
    final int unixAddress;
    final int unixPeer;
    final int unixLength;
    final int unixName;
    final int netlinkPort;
    final int netlinkPeer;
    final int netlinkGroups;
    final int netlinkNode;
    final int packetProtocol;
    final int packetInterface;

    SocketLayout(KernelProfile profile) {
        StructFields common = new StructFields(profile, "sock_common");
        family = common.at("skc_family");
        state = common.at("skc_state");
        number = common.at("skc_num");
        remotePort = common.at("skc_dport");
        local4 = common.at("skc_rcv_saddr");
        remote4 = common.at("skc_daddr");
        local6 = common.at("skc_v6_rcv_saddr");
        remote6 = common.at("skc_v6_daddr");
        net = common.at("skc_net");
        node = common.at("skc_node");
        netNumber = profile.offset("net", "ns.inum");

        StructFields whole = new StructFields(profile, "sock");
        type = whole.at("sk_type");
        protocol = whole.at("sk_protocol");
        socket = whole.at("sk_socket");
        receiveAllocated = whole.at("sk_backlog.rmem_alloc");
        sendAllocated = whole.at("sk_wmem_alloc");
        backlog = whole.at("sk_ack_backlog");
        sock = profile.offset("socket", "sk");
        inode = profile.offset("socket_alloc", "vfs_inode") - profile.offset("socket_alloc", "socket");
        inodeNumber = profile.offset("inode", "i_ino");
        inodeOwner = profile.offset("inode", "i_uid");

        StructFields tcp = new StructFields(profile, "tcp_sock");
        tcpReceiveNext = tcp.at("rcv_nxt");
        tcpCopied = tcp.at("copied_seq");
        tcpWritten = tcp.at("write_seq");
        tcpUnacknowledged = tcp.at("snd_una");
        StructFields unix = new StructFields(profile, "unix_sock");
        unixAddress = unix.at("addr");
        unixPeer = unix.at("peer");
        unixLength = profile.offset("unix_address", "len");
        unixName = profile.offset("unix_address", "name");
        StructFields netlink = new StructFields(profile, "netlink_sock");
        netlinkPort = netlink.at("portid");
        netlinkPeer = netlink.at("dst_portid");
        netlinkGroups = netlink.at("groups");
        netlinkNode = netlink.at("node");
        StructFields packet = new StructFields(profile, "packet_sock");
        packetProtocol = packet.at("num");
        packetInterface = packet.at("ifindex");
    }
}
