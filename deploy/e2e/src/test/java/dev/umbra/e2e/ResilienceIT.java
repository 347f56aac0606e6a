// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.terminal.Transcript;
import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.ApplianceProcess;
import dev.umbra.e2e.testbed.MachineShell;
import dev.umbra.e2e.testbed.Pause;
import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Whatever a tenant, its operator or a service gone mad does: nothing crashes, nothing grows, everything is counted. */
@Order(5)
class ResilienceIT {
    private static final int STORM = 10_000;
    private static final int ECHOES = 25;
    private static final int FLOOD = 64 << 10;
    private static final int QUEUE = 256;
    private static final long GROWTH = 64L << 20;
    private static final Duration STORM_LIMIT = Duration.ofMinutes(4);
    private static final Duration KEYSTROKE = Duration.ofSeconds(30);

    @AfterEach
    void nothingComplains() {
        assertThat(Fixture.complaintsOfHost()).isEmpty();
        assertThat(new ApplianceProcess(TESTBED).isAlive()).isTrue();
    }

    /** Types one character at a time on a line that only echoes, and returns the median time to the echo. */
    private static Duration medianEcho(TenantShell shell, int samples, Duration pause) {
        Transcript transcript = shell.transcript();
        int from = shell.start("echo r''eady; cat >/dev/null");
        transcript.await("ready\r\n", from, TenantShell.PATIENCE);
        transcript.awaitSilence(Duration.ofMillis(700), TenantShell.PATIENCE);
        long[] nanos = new long[samples];
        for (int i = 0; i < samples; i++) {
            Pause.of(pause);
            int length = transcript.length();
            long start = System.nanoTime();
            shell.terminal().type("x");
            transcript.awaitLength(length + 1, KEYSTROKE);
            nanos[i] = System.nanoTime() - start;
        }
        int end = transcript.length();
        shell.terminal().type("\003");
        shell.awaitPrompt(end, TenantShell.PATIENCE);
        Arrays.sort(nanos);
        return Duration.ofNanos(nanos[samples / 2]);
    }

    @Test
    @Order(1)
    void test_helperDeadOrStuck_keystrokeToIdleTenant_stillArrives() {
        try (MachineShell operator = MachineShell.ofOperator(TESTBED);
                TenantShell shell = Fixture.overSsh("tenant-a")) {
            operator.run("helper=$(pidof pseudo-device); keeper=$(awk '{ print $4 }' /proc/$helper/stat); "
                            + "kill -STOP $keeper && kill -STOP $helper")
                    .succeeded();
            try {
                assertThat(medianEcho(shell, 5, Duration.ofSeconds(1))).isLessThan(KEYSTROKE);
                operator.run("kill -KILL $helper").succeeded();
                assertThat(medianEcho(shell, 5, Duration.ofSeconds(1))).isLessThan(KEYSTROKE);
                assertThat(shell.run("hostname").succeeded()).isEqualTo("tenant-a");
            } finally {
                operator.run("kill -CONT $keeper $helper");
            }
            ApplianceApi.await(
                    "the helper is back",
                    Duration.ofSeconds(20),
                    () -> operator.run("pidof pseudo-device").status() == 0);
            shell.logout("tenant-a");
        }
    }

    /**
     * The testbed has one emulated processor. Two tenants that want it get half each, so a tenant that only computes slows the
     * other by up to a half, which is L1's scheduling and not the console's. What the flood adds to that is bounded here.
     */
    @Test
    @Order(2)
    void test_tenantFloodsItsPort_memoryStaysAndOtherConsoleIsAtMostHalved() {
        ApplianceProcess appliance = new ApplianceProcess(TESTBED);
        try (TenantShell flooding = Fixture.overWebSocket("tenant-a", TESTBED.user("tenant-a"));
                TenantShell quiet = Fixture.overWebSocket("tenant-b", TESTBED.user("tenant-b"))) {
            Duration idle = medianEcho(quiet, ECHOES, Duration.ofMillis(100));
            beginLoop(flooding, ":");
            Duration computing = medianEcho(quiet, ECHOES, Duration.ofMillis(100));
            endLoop(flooding);

            int from = beginLoop(flooding, "echo 0123456789abcdef0123456789abcdef");
            long memory = appliance.residentBytes();
            Duration meanwhile = medianEcho(quiet, ECHOES, Duration.ofMillis(100));
            flooding.transcript().awaitLength(from + FLOOD, STORM_LIMIT);
            long grown = appliance.residentBytes() - memory;
            long queue = API.metric("umbra_vm_queue_frames").values().stream()
                    .mapToLong(Double::longValue)
                    .max()
                    .orElse(Long.MAX_VALUE);
            endLoop(flooding);
            System.out.printf(
                    "flood: echo of the other tenant %d us idle, %d us beside a computation, %d us beside a flood; "
                            + "memory grew by %d KiB, queue %d frames%n",
                    idle.toNanos() / 1000, computing.toNanos() / 1000, meanwhile.toNanos() / 1000, grown >> 10, queue);
            Duration fair = idle.compareTo(computing) > 0 ? idle : computing;
            assertThat(meanwhile).isLessThan(fair.multipliedBy(2));
            assertThat(grown).isLessThan(GROWTH);
            assertThat(queue).isLessThanOrEqualTo(QUEUE);
            flooding.logout("tenant-a");
            quiet.logout("tenant-b");
        }
    }

    private static int beginLoop(TenantShell shell, String body) {
        int from = shell.start("echo g''o; while :; do " + body + "; done");
        return shell.transcript().await("go\r\n", from, TenantShell.PATIENCE).end();
    }

    private static void endLoop(TenantShell shell) {
        int end = shell.transcript().length();
        shell.terminal().type("\003");
        shell.awaitPrompt(end, STORM_LIMIT);
    }

    private static long number(String output, String name) {
        Matcher line = Pattern.compile("(?m)^" + name + " (\\d+)$").matcher(output);
        assertThat(line.find()).as("'%s' in '%s'", name, output).isTrue();
        return Long.parseLong(line.group(1));
    }

    private static long rejectedFrames() {
        return API.host().path("counters").path("frames-rejected").asLong(-1);
    }

    @Test
    @Order(3)
    void test_malformedFrames_ofServiceGoneMad_areRejectedAndCounted() {
        long before = rejectedFrames();
        assertThat(before).isNotNegative();
        try (MachineShell host = MachineShell.ofHost(TESTBED)) {
            host.run("frame-storm /dev/umbra " + STORM + " 4711 >/tmp/storm 2>&1 & storm=$!");
            host.run("kill $(pidof umbra-relay)");
            String output = host.run("wait $storm; cat /tmp/storm", STORM_LIMIT).output();
            assertThat(number(output, "rejected")).isEqualTo(STORM);
            assertThat(number(output, "unframed")).isEqualTo(STORM / 16);
        }
        API.awaitReady(Duration.ofSeconds(60));
        ApplianceApi.await(
                "the rejected frames are counted", Duration.ofSeconds(30), () -> rejectedFrames() - before >= STORM);
        bothConsolesWork();
    }

    @Test
    @Order(4)
    void test_malformedUltracalls_ofTenant_areAnsweredAndCounted() {
        long before = API.counter("tenant-b", "ultracalls");
        assertThat(before).isNotNegative();
        try (TenantShell root = Fixture.overSecondPort("tenant-b")) {
            String output =
                    root.run("call-storm " + STORM + " 815", STORM_LIMIT).succeeded();
            assertThat(number(output, "answered")).isEqualTo(STORM);
            assertThat(number(output, "strange")).isZero();
            root.logout("tenant-b");
        }
        ApplianceApi.await(
                "the calls are counted",
                Duration.ofSeconds(30),
                () -> API.counter("tenant-b", "ultracalls") - before >= STORM);
        bothConsolesWork();
    }

    private static long accesses(String vm) {
        return API.counter(vm, "port-writes") + API.counter(vm, "port-reads") + API.counter(vm, "port-reads-latched");
    }

    @Test
    @Order(5)
    void test_oddPortAccesses_ofTenant_areServedAndCounted() {
        long before = accesses("tenant-b");
        try (TenantShell root = Fixture.overSecondPort("tenant-b")) {
            root.run("insmod /modules/port-storm.ko count=" + STORM + " seed=42 && rmmod port_storm", STORM_LIMIT)
                    .succeeded();
            assertThat(root.run("dmesg | grep port-storm | tail -n 1").succeeded())
                    .contains(STORM + " accesses");
            Fixture.reinitialiseSerialPort(root);
            root.logout("tenant-b");
        }
        ApplianceApi.await(
                "the accesses are counted", Duration.ofSeconds(30), () -> accesses("tenant-b") - before >= STORM);
        bothConsolesWork();
    }

    private static void bothConsolesWork() {
        for (String vm : Fixture.vms()) {
            try (TenantShell shell = Fixture.overSsh(vm)) {
                assertThat(shell.run("hostname").succeeded()).isEqualTo(vm);
                shell.logout(vm);
            }
        }
    }
}
