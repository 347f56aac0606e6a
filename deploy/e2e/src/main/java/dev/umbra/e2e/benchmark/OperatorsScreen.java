// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.benchmark;

import dev.umbra.e2e.testbed.MachineShell;
import dev.umbra.e2e.testbed.Testbed;
import dev.umbra.e2e.vnc.VncClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The display of a tenant's own QEMU in the virtualized system, and its VNC server: a relay in L1 joins the server's socket to a
 * port of the machine.
 *
 * <p>QEMU does not see in which mode the tenant's display is, since Umbra serves its registers. The operator can set the mode on
 * QEMU's monitor, and QEMU shows the frame buffer in the tenant's memory like Umbra. Drawing into it needs no register.
 *
 * <p>The port knows no connections. What an earlier client has left in it, in either direction, is thrown away first, up to a mark.
 */
final class OperatorsScreen implements AutoCloseable {
    private static final AtomicLong MARKS = new AtomicLong(System.nanoTime() & 0xffffff);

    private static final int DISPI_INDEX = 0x1ce;
    private static final int DISPI_DATA = 0x1cf;
    private static final int DISPI_WIDTH = 1;
    private static final int DISPI_HEIGHT = 2;
    private static final int DISPI_DEPTH = 3;
    private static final int DISPI_ENABLE = 4;
    private static final int ENABLED_LINEAR_KEEPING_MEMORY = 0xc1;
    private static final int ATTRIBUTE = 0x3c0;
    private static final int MISCELLANEOUS = 0x3c2;
    private static final int INPUT_STATUS = 0x3da;
    private static final int COLOUR_ADDRESSES = 0x01;
    private static final int PALETTE_ADDRESS_SOURCE = 0x20;

    private final MachineShell shell;
    private final String monitor;
    private final String server;
    private final String port;
    private final Path socket;

    OperatorsScreen(Testbed testbed, String vm) {
        shell = MachineShell.ofOperator(testbed);
        monitor = "/run/tenants/" + vm + ".qmp";
        server = "/run/tenants/" + vm + ".vnc";
        port = "/dev/virtio-ports/l1-vnc-" + vm;
        socket = testbed.operatorsScreen(vm);
    }

    /** Shows the frame buffer in a mode of 32 bits. */
    void show(int width, int height) {
        List<String> commands = new ArrayList<>();
        dispi(commands, DISPI_ENABLE, 0);
        dispi(commands, DISPI_WIDTH, width);
        dispi(commands, DISPI_HEIGHT, height);
        dispi(commands, DISPI_DEPTH, Integer.SIZE);
        dispi(commands, DISPI_ENABLE, ENABLED_LINEAR_KEEPING_MEMORY);
        attribute(commands, PALETTE_ADDRESS_SOURCE);
        onMonitor(commands);
    }

    private void goDark() {
        List<String> commands = new ArrayList<>();
        attribute(commands, 0);
        dispi(commands, DISPI_ENABLE, 0);
        onMonitor(commands);
    }

    private static void dispi(List<String> commands, int index, int value) {
        commands.add("o/h " + DISPI_INDEX + " " + index);
        commands.add("o/h " + DISPI_DATA + " " + value);
    }

    /** A read of the input status says that what is written next is an index, and with it goes the source of the palette. */
    private static void attribute(List<String> commands, int index) {
        commands.add("o/b " + MISCELLANEOUS + " " + COLOUR_ADDRESSES);
        commands.add("i/b " + INPUT_STATUS);
        commands.add("o/b " + ATTRIBUTE + " " + index);
    }

    private void onMonitor(List<String> commands) {
        StringBuilder messages = new StringBuilder("{\"execute\":\"qmp_capabilities\"}\n");
        for (String command : commands) {
            messages.append("{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"")
                    .append(command)
                    .append("\"}}\n");
        }
        String files = "/tmp/monitor" + MARKS.incrementAndGet();
        shell.writeFile(files + ".in", messages.toString().getBytes(StandardCharsets.US_ASCII));
        String answers = shell.run("socket-terminal " + monitor + " <" + files + ".in >" + files + ".out & p=$!; "
                        + "until [ $(grep -c return " + files + ".out) -gt " + commands.size()
                        + " ] || grep -q '\"error\"' " + files + ".out; do sleep 0.1; done; "
                        + "kill $p; wait $p; cat " + files + ".out; rm " + files + ".*")
                .succeeded();
        if (answers.contains("\"error\"")) {
            throw new IllegalStateException(answers);
        }
    }

    /** A client of the server, instead of the one before. */
    VncClient connect() {
        stopRelay();
        try {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                String mark = "mark" + MARKS.incrementAndGet();
                channel.write(StandardCharsets.US_ASCII.encode("\n" + mark + "\n"));
                shell.run("grep -q -x " + mark + " <" + port + " && echo " + mark + " >" + port)
                        .succeeded();
                discard(Channels.newInputStream(channel), mark + "\n");
                shell.run("socket-terminal " + server + " <>" + port + " >&0 2>/dev/null & relay=$!")
                        .succeeded();
                return VncClient.connect(channel);
            } catch (IOException | RuntimeException failure) {
                channel.close();
                throw failure;
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("no way to " + server, failure);
        }
    }

    private static void discard(InputStream in, String mark) throws IOException {
        StringBuilder tail = new StringBuilder();
        while (!mark.contentEquals(tail)) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("the port has ended");
            }
            if (tail.length() == mark.length()) {
                tail.deleteCharAt(0);
            }
            tail.append((char) next);
        }
    }

    private void stopRelay() {
        shell.run("[ -z \"$relay\" ] || { kill $relay; wait $relay; } 2>/dev/null; relay=");
    }

    @Override
    public void close() {
        stopRelay();
        goDark();
        shell.close();
    }
}
