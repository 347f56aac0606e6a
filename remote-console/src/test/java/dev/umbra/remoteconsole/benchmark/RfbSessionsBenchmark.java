// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.benchmark;

import dev.umbra.remoteconsole.rfb.RfbClient;
import dev.umbra.remoteconsole.rfb.encoding.Encodings;
import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Memory and processor time of one server process for each session: 50 clients at one virtual machine, and 200 virtual machines with a
 * client each, a third of them with a terminal, a moved window and nothing going on. Beside it the same with one client. Prints a line
 * of JSON for each.
 */
final class RfbSessionsBenchmark {
    private static final int CLIENTS = 50;
    private static final int MACHINES = 200;
    private static final int WARM_UP_SECONDS = 8;
    private static final int SECONDS = 8;

    /** What a session takes: processor time in ms/s, memory in bytes, and what its client got for it. */
    private record Cost(double time, double heap, double direct, double resident, double updates) {
        Cost plus(Cost other) {
            return new Cost(
                    time + other.time,
                    heap + other.heap,
                    direct + other.direct,
                    resident + other.resident,
                    updates + other.updates);
        }

        Cost by(int count) {
            return new Cost(time / count, heap / count, direct / count, resident / count, updates / count);
        }
    }

    private RfbSessionsBenchmark() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Cost terminal = measure(List.of(SyntheticScreen.Activity.TERMINAL), 1);
        print("one machine", CLIENTS, measure(List.of(SyntheticScreen.Activity.TERMINAL), CLIENTS), terminal);
        Cost each = terminal.plus(measure(List.of(SyntheticScreen.Activity.WINDOW), 1))
                .plus(measure(List.of(SyntheticScreen.Activity.IDLE), 1));
        List<SyntheticScreen.Activity> machines = new ArrayList<>();
        for (int machine = 0; machine < MACHINES; machine++) {
            machines.add(SyntheticScreen.Activity.values()[machine % 3]);
        }
        print("a machine each", MACHINES, measure(machines, 1), each.by(3));
    }

    private static void print(String load, int sessions, Cost cost, Cost baseline) {
        System.out.println(String.format(
                Locale.ROOT,
                "{\"bench\":\"rfb-sessions\",\"load\":\"%s\",\"sessions\":%d,\"value\":%.2f,\"unit\":\"ms/s\",\"baseline\":%.2f,"
                        + "\"ratio\":%.3f,\"heap\":%.0f,\"baselineHeap\":%.0f,\"direct\":%.0f,\"baselineDirect\":%.0f,"
                        + "\"resident\":%.0f,\"updates\":%.1f,\"baselineUpdates\":%.1f}",
                load,
                sessions,
                cost.time,
                baseline.time,
                cost.time / baseline.time,
                cost.heap,
                baseline.heap,
                cost.direct,
                baseline.direct,
                cost.resident,
                cost.updates,
                baseline.updates));
    }

    /** Cost of a session with so many clients at each of the machines. */
    private static Cost measure(List<SyntheticScreen.Activity> machines, int clients)
            throws IOException, InterruptedException {
        Process server = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SessionsServer.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<Socket> sockets = new ArrayList<>();
        try (BufferedReader said =
                        new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.US_ASCII));
                OutputStream orders = server.getOutputStream()) {
            LongAdder updates = new LongAdder();
            sockets.add(connect(ask(orders, said, SyntheticScreen.Activity.TERMINAL.name()), new LongAdder()));
            TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
            String[] before = ask(orders, said, "memory").split(" ");
            for (SyntheticScreen.Activity activity : machines) {
                String port = ask(orders, said, activity.name());
                for (int client = 0; client < clients; client++) {
                    sockets.add(connect(port, updates));
                }
            }
            sockets.getFirst().close();
            TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
            long updatesBefore = updates.sum();
            long time = Long.parseLong(ask(orders, said, "time"));
            TimeUnit.SECONDS.sleep(SECONDS);
            time = Long.parseLong(ask(orders, said, "time")) - time;
            long seen = updates.sum() - updatesBefore;
            String[] after = ask(orders, said, "memory").split(" ");
            return new Cost(
                            time / 1e6 / SECONDS,
                            growth(before, after, 0),
                            growth(before, after, 1),
                            growth(before, after, 2),
                            (double) seen / SECONDS)
                    .by(machines.size() * clients);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
            server.destroy();
            server.waitFor();
        }
    }

    private static double growth(String[] before, String[] after, int column) {
        return Double.parseDouble(after[column]) - Double.parseDouble(before[column]);
    }

    private static String ask(OutputStream orders, BufferedReader said, String order) throws IOException {
        orders.write((order + "\n").getBytes(StandardCharsets.US_ASCII));
        orders.flush();
        return said.readLine();
    }

    /** A client that asks for update after update until its socket is closed. */
    private static Socket connect(String port, LongAdder updates) throws IOException {
        Socket socket = new Socket("127.0.0.1", Integer.parseInt(port));
        socket.setTcpNoDelay(true);
        DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 16 << 10));
        RfbClient client = new RfbClient(in, socket.getOutputStream(), PixelFormat.NATIVE);
        client.open(Encodings.COPY_RECT, Encodings.ZRLE, Encodings.DESKTOP_SIZE, Encodings.COMPRESSION_LOWEST + 2);
        client.request(false);
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    skipUpdate(in);
                    updates.increment();
                    client.request(true);
                }
            } catch (IOException ended) {
                if (!socket.isClosed()) {
                    System.err.println("a client ended: " + ended.getMessage());
                }
            }
        });
        return socket;
    }

    /** Reads an update without drawing it, so that the clients leave the processors to the server. */
    private static void skipUpdate(DataInputStream in) throws IOException {
        if (in.readUnsignedShort() != 0) {
            throw new IOException("not an update");
        }
        int rectangles = in.readUnsignedShort();
        for (int rectangle = 0; rectangle < rectangles; rectangle++) {
            in.skipNBytes(2 * Integer.BYTES);
            switch (in.readInt()) {
                case Encodings.COPY_RECT -> in.skipNBytes(Integer.BYTES);
                case Encodings.ZRLE -> in.skipNBytes(in.readInt());
                case Encodings.DESKTOP_SIZE -> {}
                default -> throw new IOException("unexpected encoding");
            }
        }
    }
}
