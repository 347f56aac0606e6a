// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PseudoDeviceTest {
    @TempDir
    Path directory;

    private final HostCounters counters = new HostCounters();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private ServerSocketChannel server;
    private PseudoDevice device;

    @BeforeEach
    void start() throws IOException {
        listen();
        device = new PseudoDevice(directory.resolve("helper.sock"), counters, new PseudoDevice.Listener() {
            @Override
            public void targets(List<Integer> numbers) {
                heard.add("targets " + numbers);
            }

            @Override
            public void answered(int target, int irq, boolean done) {
                heard.add("answered " + target + " " + irq + " " + done);
            }
        });
        device.start();
    }

    @AfterEach
    void stop() throws IOException {
        device.close();
        server.close();
    }

    @Test
    void targetsAndPulsesPassBothWays() throws IOException {
        try (SocketChannel helper = server.accept()) {
            BufferedReader lines = reader(helper);
            assertThat(lines.readLine()).isEmpty();
            assertThat(lines.readLine()).isEqualTo("targets");
            say(helper, "target 0 tenant-a\ntarget 12 tenant-b\nend\n");
            CloudHostTest.await(() -> heard.contains("targets [0, 12]"));

            assertThat(device.pulse(12, 4)).isTrue();
            assertThat(lines.readLine()).isEqualTo("pulse 12 4");
            say(helper, "ok 12 4\nerror 0 4 disconnected\n");
            CloudHostTest.await(() -> heard.contains("answered 12 4 true") && heard.contains("answered 0 4 false"));
        }
    }

    @Test
    void nonsenseIsCountedAndIgnored() throws IOException {
        try (SocketChannel helper = server.accept()) {
            say(helper, "target 64 x\ntarget 1 \001\nok 1 16\nok 1\nok 99 99\nTARGET 1 x\n\n");
            say(helper, "target 5 " + "x".repeat(5000) + "\ntarget 1 ok\ntarget 1 again\nend\n");
            CloudHostTest.await(() -> heard.contains("targets [1]"));
            assertThat(counters.value(HostCounter.HELPER_LINES_REFUSED)).isEqualTo(9);
        }
    }

    @Test
    void connectionIsMadeAgain() throws IOException {
        server.accept().close();
        // A connection made while the first one breaks may be given up, too.
        boolean asked = false;
        for (int connection = 0; connection < 5 && !asked; connection++) {
            try (SocketChannel helper = server.accept()) {
                BufferedReader lines = reader(helper);
                lines.readLine();
                asked = "targets".equals(lines.readLine());
            }
        }
        assertThat(asked).isTrue();
        CloudHostTest.await(() -> heard.contains("targets []"));
    }

    @Test
    void pulsesAreRefusedWithoutAHelper() throws IOException {
        server.accept().close();
        server.close();
        Files.delete(directory.resolve("helper.sock"));
        CloudHostTest.await(() -> !device.pulse(0, 4));
        listen();
    }

    private void listen() throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(directory.resolve("helper.sock")));
    }

    private static BufferedReader reader(SocketChannel channel) {
        return new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.US_ASCII));
    }

    private static void say(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
