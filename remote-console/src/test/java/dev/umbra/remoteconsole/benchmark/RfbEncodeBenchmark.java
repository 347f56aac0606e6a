// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.benchmark;

import dev.umbra.remoteconsole.rfb.RfbClient;
import dev.umbra.remoteconsole.rfb.encoding.Encodings;
import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Megapixels encoded per second of processor time, and bytes per picture, of whole updates over loopback; beside it TigerVNC's Xvnc
 * with the same pictures, encoding and compression level. Both are processes of their own whose processor time the kernel tells. Run
 * with the name of the encoding, {@code zrle} or {@code tight}; prints a line of JSON for each desktop and one for all.
 */
final class RfbEncodeBenchmark {
    private static final int DISPLAY = 77;
    private static final int RFB_PORT = 5977;
    private static final int LEVEL = 2;
    private static final int PICTURES = 4;
    private static final int UPDATES = 3;
    private static final int WARM_UP_UPDATES = 240;

    /** Shows a picture. */
    private interface Shower {
        void show(GeneratedDesktop desktop, int number) throws IOException;
    }

    private record Cost(double nanoseconds, double bytes) {
        Cost plus(Cost other) {
            return new Cost(nanoseconds + other.nanoseconds, bytes + other.bytes);
        }
    }

    private RfbEncodeBenchmark() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        String name = arguments[0];
        int encoding = name.equals("zrle") ? Encodings.ZRLE : Encodings.TIGHT;
        Cost[] ours = measureOurs(encoding);
        Cost[] baseline = measureBaseline(encoding);
        Cost oursAll = new Cost(0, 0);
        Cost baselineAll = new Cost(0, 0);
        for (GeneratedDesktop desktop : GeneratedDesktop.values()) {
            print(
                    name,
                    desktop.name().toLowerCase(Locale.ROOT),
                    ours[desktop.ordinal()],
                    baseline[desktop.ordinal()],
                    1);
            oursAll = oursAll.plus(ours[desktop.ordinal()]);
            baselineAll = baselineAll.plus(baseline[desktop.ordinal()]);
        }
        print(name, "all", oursAll, baselineAll, GeneratedDesktop.values().length);
    }

    private static void print(String name, String desktop, Cost ours, Cost baseline, int desktops) {
        int updates = PICTURES * UPDATES * desktops;
        double pixels = (double) updates * GeneratedDesktop.WIDTH * GeneratedDesktop.HEIGHT;
        System.out.println(String.format(
                Locale.ROOT,
                "{\"bench\":\"rfb-encode-%s\",\"desktop\":\"%s\",\"value\":%.1f,\"unit\":\"Mpixel/s\",\"baseline\":%.1f,"
                        + "\"ratio\":%.3f,\"bytes\":%.0f,\"baselineBytes\":%.0f,\"sizeRatio\":%.3f}",
                name,
                desktop,
                pixels / ours.nanoseconds * 1000,
                pixels / baseline.nanoseconds * 1000,
                baseline.nanoseconds / ours.nanoseconds,
                ours.bytes / updates,
                baseline.bytes / updates,
                ours.bytes / baseline.bytes));
    }

    private static Cost[] measureOurs(int encoding) throws IOException {
        Process server = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        EncodingServer.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said =
                        new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.US_ASCII));
                OutputStream orders = server.getOutputStream()) {
            int port = Integer.parseInt(said.readLine());
            return measure(server, port, encoding, WARM_UP_UPDATES, (desktop, number) -> {
                orders.write((desktop.name() + " " + number + "\n").getBytes(StandardCharsets.US_ASCII));
                orders.flush();
                said.readLine();
            });
        } finally {
            server.destroy();
        }
    }

    private static Cost[] measureBaseline(int encoding) throws IOException, InterruptedException {
        Process server = new ProcessBuilder(
                        "Xvnc",
                        ":" + DISPLAY,
                        "-geometry",
                        GeneratedDesktop.WIDTH + "x" + GeneratedDesktop.HEIGHT,
                        "-depth",
                        "24",
                        "-SecurityTypes",
                        "None",
                        "-rfbport",
                        Integer.toString(RFB_PORT),
                        "-localhost",
                        "-listen",
                        "tcp",
                        "-ac")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (XServerPainter painter = connect()) {
            return measure(server, RFB_PORT, encoding, 1, (desktop, number) -> painter.paint(desktop.frame(number)));
        } finally {
            server.destroy();
        }
    }

    private static XServerPainter connect() throws IOException, InterruptedException {
        for (int attempt = 0; ; attempt++) {
            try {
                return new XServerPainter(DISPLAY);
            } catch (IOException notYet) {
                if (attempt == 50) {
                    throw notYet;
                }
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }
    }

    private static Cost[] measure(Process server, int port, int encoding, int warmUp, Shower shower)
            throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            CountingStream in = new CountingStream(new BufferedInputStream(socket.getInputStream(), 1 << 20));
            RfbClient client = new RfbClient(in, socket.getOutputStream(), PixelFormat.NATIVE);
            client.open(encoding, Encodings.COMPRESSION_LOWEST + LEVEL);
            for (int update = 0; update < warmUp; update++) {
                shower.show(GeneratedDesktop.values()[update % 3], PICTURES + update);
                client.request(false);
                client.awaitUpdate();
            }
            Cost[] costs = new Cost[GeneratedDesktop.values().length];
            for (GeneratedDesktop desktop : GeneratedDesktop.values()) {
                costs[desktop.ordinal()] = measure(server, client, in, desktop, shower);
            }
            return costs;
        }
    }

    private static Cost measure(
            Process server, RfbClient client, CountingStream in, GeneratedDesktop desktop, Shower shower)
            throws IOException {
        Cost cost = new Cost(0, 0);
        for (int number = 0; number < PICTURES; number++) {
            shower.show(desktop, number);
            client.request(false);
            client.awaitUpdate();
            long time = processorTime(server.pid());
            long bytes = in.count;
            for (int update = 0; update < UPDATES; update++) {
                client.request(false);
                client.awaitUpdate();
            }
            cost = cost.plus(new Cost(processorTime(server.pid()) - time, in.count - bytes));
        }
        return cost;
    }

    /** Of all threads, in nanoseconds. */
    private static long processorTime(long process) throws IOException {
        long sum = 0;
        try (DirectoryStream<Path> threads =
                Files.newDirectoryStream(Path.of("/proc", Long.toString(process), "task"))) {
            for (Path thread : threads) {
                try {
                    sum += Long.parseLong(
                            Files.readString(thread.resolve("schedstat")).split(" ")[0]);
                } catch (NoSuchFileException ended) {
                    System.err.println("a thread of the server ended");
                }
            }
        }
        return sum;
    }

    private static final class CountingStream extends FilterInputStream {
        private long count;

        CountingStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            count++;
            return super.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            count += Math.max(0, read);
            return read;
        }
    }
}
