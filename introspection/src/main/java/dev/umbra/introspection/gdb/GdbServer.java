// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.gdb;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Waits for debuggers, one at a time, at a Unix socket or a port of the loopback interface. The protocol knows no
 * accounts: whoever reaches the socket reads the machine's memory. So a Unix socket in a folder that only its users may
 * enter is the better place.
 */
public final class GdbServer implements AutoCloseable {
    private final ServerSocketChannel server;
    private final DebuggedMachine machine;
    private final Thread thread;

    private GdbServer(ServerSocketChannel server, DebuggedMachine machine) {
        this.server = server;
        this.machine = machine;
        this.thread = Thread.ofPlatform().name("gdb").daemon().start(this::serve);
    }

    /**
     * At a Unix socket: {@code target remote /run/umbra/tenant-a.gdb}.
     *
     * @param path a socket left there is removed
     * @throws IOException if it cannot be bound
     */
    public static GdbServer at(Path path, DebuggedMachine machine) throws IOException {
        Files.deleteIfExists(path);
        return bound(ServerSocketChannel.open(StandardProtocolFamily.UNIX), UnixDomainSocketAddress.of(path), machine);
    }

    /**
     * At a port of the loopback interface: {@code target remote localhost:1234}.
     *
     * @param port 0 for any
     * @throws IOException if it cannot be bound
     */
    public static GdbServer at(int port, DebuggedMachine machine) throws IOException {
        return bound(
                ServerSocketChannel.open(), new InetSocketAddress(InetAddress.getLoopbackAddress(), port), machine);
    }

    private static GdbServer bound(ServerSocketChannel server, SocketAddress address, DebuggedMachine machine)
            throws IOException {
        try {
            return new GdbServer(server.bind(address, 1), machine);
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    /** Where it listens. */
    public SocketAddress address() throws IOException {
        return server.getLocalAddress();
    }

    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel debugger = server.accept()) {
                PacketStream packets = new PacketStream(
                        new BufferedInputStream(Channels.newInputStream(debugger)),
                        new BufferedOutputStream(Channels.newOutputStream(debugger)));
                new GdbSession(machine, packets).serve();
            } catch (ClosedChannelException closing) {
                return;
            } catch (IOException broken) {
                System.getLogger(GdbServer.class.getName()).log(System.Logger.Level.DEBUG, "a debugger left", broken);
            }
        }
    }

    /** Ends; a debugger that is served is cut off. */
    @Override
    public void close() throws IOException {
        SocketAddress address = server.getLocalAddress();
        server.close();
        thread.interrupt();
        if (address instanceof UnixDomainSocketAddress unix) {
            Files.deleteIfExists(unix.getPath());
        }
    }
}
