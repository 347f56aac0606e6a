// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;
import static dev.umbra.e2e.IntrospectedTenant.PORT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.LiveFacts.LiveProcess;
import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.Introspection;
import dev.umbra.e2e.testbed.Introspection.Mode;
import dev.umbra.e2e.testbed.Pause;
import dev.umbra.e2e.truth.Differences;
import dev.umbra.e2e.truth.TrueModule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** What runs in a tenant is seen from two levels below as it is, whatever the tenant does and whoever hides in it. */
@Order(12)
@Timeout(900)
class IntrospectionIT {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final Duration STORM = Duration.ofSeconds(Integer.getInteger("umbra.storm.seconds", 30));
    private static final Duration BETWEEN_SCANS = Duration.ofMillis(500);
    private static final List<String> IN_STORM = List.of("sh", "storm", "cut", "modprobe");

    static List<String> vms() {
        return Fixture.vms();
    }

    /** Another test must not meet a rootkit. */
    @AfterEach
    void noRootkitStays() {
        for (String vm : vms()) {
            new IntrospectedTenant(vm).removeRootkit();
        }
    }

    @ParameterizedTest
    @MethodSource("vms")
    void test_quietTenant_processesModulesAndSockets_equalTruth(String vm) {
        new IntrospectedTenant(vm).expectListsThatEqualTruth();
    }

    /** Whoever was there before is in every scan, and nobody is who did not live. */
    @ParameterizedTest
    @MethodSource("vms")
    void test_forkStorm_everyScan_hasNoWrongEntry(String vm) {
        Introspection introspection = new Introspection(API, TESTBED, vm);
        try (TenantShell root = Fixture.overSsh(vm, Fixture.ROOT)) {
            SortedMap<Integer, LiveProcess> settled = LiveFacts.processes(IntrospectedTenant.truth(root));
            List<String> wrong = new ArrayList<>();
            int start = root.start("storm forks " + STORM.toSeconds());
            for (long end = System.nanoTime() + STORM.toNanos(); System.nanoTime() < end; ) {
                expectUsable(introspection.scan(Mode.LIVE), wrong);
                SortedMap<Integer, LiveProcess> seen = LiveFacts.processes(introspection);
                LiveFacts.withoutWorkers(settled).keySet().stream()
                        .filter(pid -> !seen.containsKey(pid))
                        .forEach(pid -> wrong.add("missing: " + settled.get(pid)));
                LiveFacts.withoutWorkers(seen).values().stream()
                        .filter(process -> !settled.containsKey(process.pid()) && !IN_STORM.contains(process.name()))
                        .forEach(process -> wrong.add("unexpected: " + process));
                wrong.addAll(introspection.openFindings());
            }
            root.awaitPrompt(start, LONG);
            assertThat(wrong).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("vms")
    void test_moduleStorm_everyScan_hasNoWrongEntry(String vm) {
        Introspection introspection = new Introspection(API, TESTBED, vm);
        try (TenantShell root = Fixture.overSsh(vm, Fixture.ROOT)) {
            List<String> settled = TrueModule.all(IntrospectedTenant.truth(root)).stream()
                    .map(TrueModule::name)
                    .toList();
            List<String> wrong = new ArrayList<>();
            int start = root.start("storm modules " + STORM.toSeconds());
            for (long end = System.nanoTime() + STORM.toNanos(); System.nanoTime() < end; ) {
                expectUsable(introspection.scan(Mode.LIVE), wrong);
                List<String> seen = LiveFacts.modules(introspection).stream()
                        .map(TrueModule::name)
                        .filter(name -> !name.equals("dummy"))
                        .toList();
                wrong.addAll(Differences.between(seen, settled));
                wrong.addAll(introspection.openFindings());
            }
            root.awaitPrompt(start, LONG);
            assertThat(wrong).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("vms")
    void test_cleanTenant_manyScans_findNothing(String vm) {
        new IntrospectedTenant(vm).expectNothingFound();
    }

    /** Whatever half of a kernel there is, nothing is found in it; and the new kernel is seen like the former. */
    @ParameterizedTest
    @MethodSource("vms")
    void test_reboot_scannedAllAlong_findsNothing(String vm) {
        Introspection introspection = new Introspection(API, TESTBED, vm);
        int resets = Reboot.resets(vm);
        int alarms = alarms(vm);
        List<String> found = new ArrayList<>();
        Set<String> states = new LinkedHashSet<>();
        try (TenantShell root = Fixture.overSsh(vm, Fixture.ROOT)) {
            int start = root.start("reboot -f");
            CompletableFuture<Void> booted = CompletableFuture.runAsync(
                    () -> Reboot.await(root.terminal(), vm, start), Thread::startVirtualThread);
            while (!booted.isDone()) {
                states.add(introspection.scan(Mode.LIVE).path("state").asString());
                found.addAll(introspection.openFindings());
                Pause.of(BETWEEN_SCANS);
            }
            booted.join();
        }
        assertThat(found).isEmpty();
        assertThat(Reboot.resets(vm)).isGreaterThan(resets);
        assertThat(states).as("scans while it booted").contains("failed");
        expectUsable(introspection.scan(Mode.LIVE), found);
        assertThat(found).isEmpty();
        assertThat(alarms(vm)).isEqualTo(alarms);
    }

    private static int alarms(String vm) {
        return Fixture.times(API.get(TESTBED.owner(vm), "/vms/" + vm).body(), "memory-alarm");
    }

    /** A trick is found by the next scan, under its name, and is over when it is undone. */
    @ParameterizedTest
    @EnumSource
    void test_rootkit_eachTrick_isFoundInOneScan(RootkitTrick trick) {
        String vm = "tenant-b";
        Introspection introspection = new Introspection(API, TESTBED, vm);
        try (TenantShell root = Fixture.overSsh(vm, Fixture.ROOT)) {
            root.run("modprobe dummy; start-stop-daemon -S -b -m -p /tmp/victim -c " + TESTBED.user(vm)
                            + " -x /bin/sleep -- 1000000; "
                            + "start-stop-daemon -S -b -m -p /tmp/listener -x /bin/nc -- -l -p " + PORT + "; sleep 1")
                    .succeeded();
            int pid = Integer.parseInt(root.run("cat /tmp/victim").succeeded());
            introspection.scan(Mode.LIVE);
            assertThat(introspection.openFindings()).as("before").isEmpty();

            root.run("insmod /modules/test-rootkit.ko " + trick.parameters(pid, PORT))
                    .succeeded();
            introspection.scan(Mode.LIVE);
            List<String> found = introspection.openFindings();
            root.run(RootkitTrick.UNLOAD + "; kill $(cat /tmp/victim /tmp/listener)", LONG)
                    .succeeded();

            assertThat(found).anySatisfy(finding -> assertThat(finding).matches(trick.finding(trick.value(pid, PORT))));
            introspection.scan(Mode.LIVE);
            assertThat(introspection.openFindings()).as("after").isEmpty();
        }
    }

    @Test
    void test_rootkit_allTricksAtOnce_areAllFoundInOneScan() {
        new IntrospectedTenant("tenant-a").expectAllTricksFoundInOneScan();
    }

    private static void expectUsable(JsonNode scan, List<String> wrong) {
        if (!List.of("completed", "partial").contains(scan.path("state").asString(""))) {
            wrong.add(scan.toString());
        }
    }
}
