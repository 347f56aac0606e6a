// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.MachineShell;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * The registers of a tenant's processors, and the pauses in which they are read: the values are the tenant's own, a pause takes
 * hold of a processor that computes, and one that nobody ends does so itself, whether its service lives or not.
 */
@Order(15)
class PauseIT {
    private static final String VM = "tenant-b";
    private static final int PAUSES = 25;
    /** Of a vCPU whose processor L1 needs while it is held; one that cannot get back to L1 looks hundreds of times. */
    private static final int LOOKS_PER_PAUSE = 20;

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Test
    void test_registers_ofARunningTenant_areItsKernels() {
        try (TenantShell root = Fixture.overSecondPort(VM)) {
            String systemCall = root.run("sed -n 's/^\\([0-9a-f]*\\) . entry_SYSCALL_64$/\\1/p' /proc/kallsyms")
                    .succeeded()
                    .strip();
            assertThat(systemCall).matches("ffffffff[0-9a-f]{8}");

            JsonNode vcpus =
                    API.get(TESTBED.owner(VM), "/vms/" + VM + "/vcpus").body().path("vcpus");

            assertThat(vcpus.size()).isEqualTo(2);
            for (JsonNode vcpu : vcpus) {
                assertThat(vcpu.path("lstar").asString()).isEqualTo("0x" + systemCall);
                assertThat(value(vcpu, "cr0") & 0x80000001L).as("paging").isEqualTo(0x80000001L);
                assertThat(value(vcpu, "efer") & 0x400).as("long mode").isNotZero();
                assertThat(value(vcpu, "cr3") & ~0xfffL).isNotZero();
                assertThat(vcpu.path("idtBase").asString()).isEqualTo("0xfffffe0000000000");
                assertThat(vcpu.path("idtLimit").asInt()).isEqualTo(0xfff);
                assertThat(value(vcpu, "gdtBase")).isNegative();
                boolean kernel = vcpu.path("cpl").asInt() == 0;
                assertThat(value(vcpu, kernel ? "gsBase" : "kernelGsBase"))
                        .as("per-CPU area")
                        .isNegative();
            }
            assertThat(value(vcpus.path(0), "gdtBase")).isNotEqualTo(value(vcpus.path(1), "gdtBase"));
        }
    }

    @Test
    void test_pauseForAMoment_ofATenantThatComputes_holdsItAndIsMeasured() {
        long begun = API.counter(VM, "pauses");
        long expired = API.counter(VM, "pauses-expired");
        long looks = API.counter(VM, "paused-entries");
        double longest = 0;
        int exact = 0;
        try (TenantShell root = Fixture.overSecondPort(VM)) {
            root.run("(while :; do :; done) & one=$!; (while :; do :; done) & two=$!")
                    .succeeded();
            for (int i = 0; i < PAUSES; i++) {
                JsonNode held = API.post(TESTBED.owner(VM), "/vms/" + VM + "/vcpus", null)
                        .body();
                JsonNode pause = held.path("pause");
                assertThat(pause.path("end").asString()).isEqualTo("resumed");
                assertThat(pause.path("settlingMicroseconds").asDouble())
                        .isPositive()
                        .isLessThanOrEqualTo(pause.path("heldMicroseconds").asDouble());
                longest = Math.max(longest, pause.path("heldMicroseconds").asDouble());
                exact += (int) StreamSupport.stream(held.path("vcpus").spliterator(), false)
                        .filter(vcpu -> vcpu.path("exact").asBoolean())
                        .count();
            }
            assertThat(root.run("kill $one $two; echo computed").succeeded()).contains("computed");
        }
        Fixture.keep(
                "pauses.txt",
                "longest %.0f us of %d; %d vCPUs held at their entry%n"
                        .formatted(longest, PAUSES, exact)
                        .getBytes(StandardCharsets.UTF_8));
        assertThat(exact).as("processors that were inside").isPositive();
        awaitCounter("pauses", begun + PAUSES);
        assertThat(API.counter(VM, "pauses-expired")).isEqualTo(expired);
        assertThat(API.counter(VM, "paused-entries") - looks)
                .as("times that held vCPUs looked whether they may go on")
                .isLessThan(PAUSES * LOOKS_PER_PAUSE);
    }

    @Test
    void test_momentsNobodyEnds_byBoundAndWithTheirService_endThemselves() {
        long expired = API.counter(VM, "pauses-expired");
        String runningAs = API.get(TESTBED.owner(VM), "/vms/" + VM)
                .body()
                .path("runningAs")
                .asString();
        long number = Long.parseLong(runningAs.substring(runningAs.indexOf('/') + 1));
        try (MachineShell host = MachineShell.ofHost(TESTBED)) {
            host.writeFile("/tmp/attach", attach());
            host.writeFile("/tmp/short", pause(7, number, 500));
            host.writeFile("/tmp/long", pause(8, number, 60_000));
            host.run(
                            "(i=0; until exec 8<>/dev/umbra; cat /tmp/attach >&8; do kill $(pidof umbra-relay); "
                                    + "i=$((i + 1)); [ $i -lt 100 ] || exit 1; sleep 0.1; done; "
                                    + "cat <&8 >/dev/null & reader=$!; cat /tmp/short >&8 && sleep 2; "
                                    + "dmesg | grep -c 'nobody ended the pause' >/tmp/by-bound; "
                                    + "cat /tmp/long >&8 && sleep 1; kill $reader)",
                            PATIENCE)
                    .succeeded();
            assertThat(host.run("cat /tmp/by-bound").succeeded()).isNotEqualTo("0");
        }
        API.awaitReady(PATIENCE);
        awaitCounter("pauses-expired", expired + 2);
        try (TenantShell root = Fixture.overSecondPort(VM)) {
            assertThat(root.run("hostname").succeeded()).contains(VM);
        }
    }

    private static void awaitCounter(String name, long value) {
        ApplianceApi.await(name + " is at least " + value, PATIENCE, () -> API.counter(VM, name) >= value);
    }

    private static long value(JsonNode vcpu, String register) {
        return Long.parseUnsignedLong(vcpu.path(register).asString().substring(2), 16);
    }

    /** ATTACH, version 1. */
    private static byte[] attach() {
        return frame(0x101, 0, 0).putShort((short) 1).putShort((short) 1).array();
    }

    /** PAUSE with a bound in milliseconds. */
    private static byte[] pause(long sequence, long vm, int bound) {
        return frame(0x108, sequence, vm).putInt(bound).array();
    }

    /** The header of a frame with a payload of eight bytes, which are zero so far. */
    private static ByteBuffer frame(int type, long sequence, long vm) {
        return ByteBuffer.allocate(40)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(40)
                .putInt(type)
                .putLong(sequence)
                .putLong(vm)
                .putLong(0);
    }
}
