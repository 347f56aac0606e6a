// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;

/** What a scan saw of a VM's networks. */
public sealed interface NetworkFact extends Fact {
    /** A socket. */
    @Schema(name = "Socket")
    record Socket(
            @Schema(description = "Of its structure in the kernel", example = "0xffff888004a1c000")
            String address,

            @Schema(example = "tcp6") String protocol,
            @Schema(example = "listen") String state,

            @Schema(description = "Of the network, or a name in the file system, or abstract with a leading @")
            String localAddress,

            Integer localPort,
            String remoteAddress,
            Integer remotePort,
            long inode,
            Integer uid,
            @Schema(description = "Inode number") long networkNamespace,
            long receiveQueue,
            long sendQueue,
            @Schema(description = "Processes that hold it") List<Integer> pids)
            implements NetworkFact {
        @Override
        public String identity() {
            return String.join(
                    " ",
                    address,
                    protocol,
                    String.valueOf(localAddress),
                    String.valueOf(localPort),
                    String.valueOf(remoteAddress),
                    String.valueOf(remotePort),
                    Long.toString(inode));
        }

        @Override
        public Fact settled() {
            return new Socket(
                    address,
                    protocol,
                    state,
                    localAddress,
                    localPort,
                    remoteAddress,
                    remotePort,
                    inode,
                    uid,
                    networkNamespace,
                    0,
                    0,
                    pids);
        }
    }

    /** A network interface. */
    @Schema(name = "NetworkInterface")
    record NetworkInterface(
            @Schema(description = "Inode number") long networkNamespace,
            int index,
            @Schema(example = "eth0") String name,
            @Schema(example = "52:54:00:12:34:56") String hardwareAddress,
            int mtu,

            @Schema(description = "As in if.h", example = "0x1003")
            String flags,

            boolean up,
            boolean promiscuous,
            @Schema(example = "[\"192.0.2.7/24\"]") List<String> addresses,
            Long received,
            Long sent)
            implements NetworkFact {
        @Override
        public String identity() {
            return networkNamespace + "/" + index;
        }

        @Override
        public Fact settled() {
            return new NetworkInterface(
                    networkNamespace, index, name, hardwareAddress, mtu, flags, up, promiscuous, addresses, null, null);
        }
    }
}
