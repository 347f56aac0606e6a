// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/**
 * A socket.
 *
 * @param address of the {@code struct sock}, or of what stands for it while a connection is opened or forgotten
 * @param source where it was found
 * @param type of {@code socket(2)}: 1 for a stream, 2 for datagrams, 3 raw, 5 for packets in sequence
 * @param protocol number; for netlink its family
 * @param inode number in {@code socket:[...]}, 0 if no file belongs to it
 * @param uid of its owner, -1 if it has none
 * @param namespace inode number of its network namespace
 * @param receiveQueue bytes that nobody has read yet; for a listening one, connections nobody has accepted
 * @param sendQueue bytes not yet acknowledged, or not yet sent
 * @param pid number of the process where it was found, 0 if it was found in a table
 * @param descriptor its number there, -1 if it was found in a table
 */
public record Socket(
        long address,
        Source source,
        SocketKind kind,
        int type,
        int protocol,
        SocketState state,
        Endpoint local,
        Endpoint remote,
        long inode,
        int uid,
        long namespace,
        long receiveQueue,
        long sendQueue,
        int pid,
        int descriptor) {
    /** Where a socket was found; a hidden one is missing in one of both. */
    public enum Source {
        /** In the tables of its protocol, from which {@code /proc/net} is made. */
        TABLE,
        /** Behind a descriptor of a process. */
        DESCRIPTOR
    }

    Socket foundAt(int owner, int number) {
        return new Socket(
                address,
                Source.DESCRIPTOR,
                kind,
                type,
                protocol,
                state,
                local,
                remote,
                inode,
                uid,
                namespace,
                receiveQueue,
                sendQueue,
                owner,
                number);
    }
}
