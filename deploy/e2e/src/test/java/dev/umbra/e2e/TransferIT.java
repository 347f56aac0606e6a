// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.terminal.Transcript;
import dev.umbra.e2e.terminal.WebSocketTerminal;
import dev.umbra.e2e.testbed.ApplianceProcess;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every byte arrives, once, in both directions, whatever happens to the appliance meanwhile. Both tenants at a time. How much is
 * sent can be set, because the emulated machine carries only some KiB a second.
 */
@Order(3)
class TransferIT {
    private static final int OUTWARDS = Integer.getInteger("umbra.transfer.kibibytes", 1024) << 10;
    private static final int INWARDS = OUTWARDS / 16;
    private static final int KILLS = 10;
    private static final Duration TRANSFER = Duration.ofMinutes(5);

    private interface Part {
        void run(String vm) throws Exception;
    }

    private static void withEachTenantAtOnce(Part part) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = Fixture.vms().stream()
                    .map(vm -> threads.submit((Callable<Void>) () -> {
                        part.run(vm);
                        return null;
                    }))
                    .toList();
            for (Future<Void> one : running) {
                one.get();
            }
        }
    }

    @Test
    @Order(1)
    void test_input_overOpenSsh_isByteExact() throws Exception {
        withEachTenantAtOnce(vm -> {
            byte[] text = Fixture.randomLetters(INWARDS);
            try (TenantShell shell = Fixture.overSsh(vm)) {
                int from = shell.start(
                        "stty raw -echo; echo r''eady; head -c " + INWARDS + " | sha256sum; stty sane; echo d''one");
                shell.transcript().await("ready", from, TenantShell.PATIENCE);
                shell.terminal().type(text);
                int end = shell.transcript().await("done", from, TRANSFER).end();
                assertThat(shell.transcript().text(from)).contains(Fixture.sha256(text));
                shell.awaitPrompt(end, TenantShell.PATIENCE);
                shell.logout(vm);
            }
        });
    }

    @Test
    @Order(2)
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void test_output_applianceKilledTenTimes_isByteExact() throws Exception {
        ApplianceProcess appliance = new ApplianceProcess(TESTBED);
        try (TenantShell first = Fixture.overWebSocket("tenant-a", TESTBED.user("tenant-a"));
                TenantShell second = Fixture.overWebSocket("tenant-b", TESTBED.user("tenant-b"))) {
            Transfer one = new Transfer(first);
            Transfer other = new Transfer(second);
            one.start();
            other.start();
            for (int kill = 1; kill <= KILLS; kill++) {
                one.awaitBytes(kill * (OUTWARDS / (KILLS + 1)));
                assertThat(one.isComplete())
                        .as("the transfer goes on at kill %d", kill)
                        .isFalse();
                appliance.kill();
                assertThat(appliance.isAlive()).isFalse();
                appliance.start();
            }
            one.verify();
            other.verify();
            assertThat(one.terminal().connections()).isGreaterThan(KILLS);
            API.awaitReady(Duration.ofSeconds(30));
            first.logout("tenant-a");
            second.logout("tenant-b");
        }
    }

    /** Random text that a tenant has made and prints. */
    private static final class Transfer {
        private final TenantShell shell;
        private final Transcript transcript;
        private final String checksum;
        private int begin;

        Transfer(TenantShell shell) {
            this.shell = shell;
            this.transcript = shell.transcript();
            shell.run("head -c " + OUTWARDS / 4 * 3 + " /dev/urandom | base64 | tr -d '\\n' >/tmp/text", TRANSFER)
                    .succeeded();
            checksum = shell.run("sha256sum </tmp/text", TRANSFER).succeeded().substring(0, 64);
            assertThat(shell.run("wc -c </tmp/text").succeeded()).isEqualTo(Integer.toString(OUTWARDS));
        }

        WebSocketTerminal terminal() {
            return (WebSocketTerminal) shell.terminal();
        }

        void start() {
            int from = shell.start("echo b''egin; cat /tmp/text; echo; echo e''nd");
            begin = transcript.await("begin\r\n", from, TenantShell.PATIENCE).end();
        }

        void awaitBytes(int count) {
            transcript.awaitLength(begin + count, TRANSFER);
        }

        boolean isComplete() {
            return transcript.length() >= begin + OUTWARDS;
        }

        void verify() {
            awaitBytes(OUTWARDS);
            int end =
                    transcript.await("\r\nend\r\n", begin + OUTWARDS, TRANSFER).end();
            byte[] received = transcript.bytes(begin, end - "\r\nend\r\n".length());
            if (received.length != OUTWARDS || !Fixture.sha256(received).equals(checksum)) {
                Fixture.keep("transfer", transcript.bytes(0, transcript.length()));
            }
            assertThat(received.length)
                    .as(
                            "bytes received, from offset %d on; %s",
                            terminal().start() + begin, terminal().resumptions())
                    .isEqualTo(OUTWARDS);
            assertThat(Fixture.sha256(received)).isEqualTo(checksum);
            assertThat(terminal().lost()).isZero();
            shell.awaitPrompt(end, TenantShell.PATIENCE);
        }
    }
}
