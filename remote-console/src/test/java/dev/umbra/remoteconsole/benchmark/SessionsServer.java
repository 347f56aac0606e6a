// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.benchmark;

import com.sun.management.OperatingSystemMXBean;
import dev.umbra.remoteconsole.graphical.GraphicalConsole;
import dev.umbra.remoteconsole.graphical.GraphicalConsoleConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The server under load as a process of its own. Told on standard input the name of an activity, it starts
 * such a virtual machine's console and says the port; told {@code time} or {@code memory}, it says what it has taken.
 */
final class SessionsServer {
    private static final int PAGE = 4096;

    private int machines;

    private SessionsServer() {}

    public static void main(String[] arguments) throws IOException {
        SessionsServer server = new SessionsServer();
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            System.out.println(
                    switch (order) {
                        case "time" -> processorTime();
                        case "memory" -> memory();
                        default -> server.start(SyntheticScreen.Activity.valueOf(order));
                    });
        }
    }

    private String start(SyntheticScreen.Activity activity) throws IOException {
        SyntheticScreen screen = new SyntheticScreen(activity, machines++);
        GraphicalConsole console = new GraphicalConsole(GraphicalConsoleConfig.defaults(), screen, screen);
        ServerSocket listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> accept(listener, console));
        return Integer.toString(listener.getLocalPort());
    }

    private static void accept(ServerSocket listener, GraphicalConsole console) {
        while (true) {
            try {
                Socket socket = listener.accept();
                Thread.ofVirtual().start(() -> serve(socket, console));
            } catch (IOException broken) {
                System.err.println(broken.getMessage());
                return;
            }
        }
    }

    private static void serve(Socket socket, GraphicalConsole console) {
        try (socket) {
            LoopbackTransport.serve(socket, console);
        } catch (IOException gone) {
            System.err.println(gone.getMessage());
        }
    }

    /** In nanoseconds. */
    private static String processorTime() {
        return Long.toString(
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime());
    }

    /** Heap that is in use, direct memory and memory resident, in bytes. */
    private static String memory() throws IOException {
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        String[] statm = Files.readString(Path.of("/proc/self/statm")).split(" ");
        return heap + " " + direct + " " + Long.parseLong(statm[1]) * PAGE;
    }
}
