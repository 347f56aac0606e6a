// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.LiveFacts.LiveProcess;
import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.Introspection;
import dev.umbra.e2e.testbed.Introspection.Mode;
import dev.umbra.e2e.truth.Differences;
import dev.umbra.e2e.truth.TrueModule;
import dev.umbra.e2e.truth.Truth;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
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
    private static final Duration STORM = Duration.ofSeconds(30);
    private static final int SCANS_OF_CLEAN = Integer.getInteger("umbra.clean.scans", 5);
    private static final int PORT = 2222;
    private static final List<String> IN_STORM = List.of("sh", "storm", "cut", "modprobe");

    static List<String> vms() {
        return Fixture.vms();
    }

    /** Another test must not meet a rootkit. */
    @AfterEach
    void noRootkitStays() {
        for (String vm : vms()) {
            try (TenantShell root = Fixture.overSsh(vm, Fixture.ROOT)) {
                root.run("[ ! -d /sys/module/test_rootkit ] || until rmmod test_rootkit; do sleep 1; done", LONG);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("vms")
    void test_quietTenant_processesModulesAndSockets_equalTruth(String vm) {
        Introspection introspection = new Introspection(API, TESTBED, vm);
        try (TenantShell root = Fixture.overSsh(vm, Fixture.ROOT)) {
            Truth truth = truth(root);

            JsonNode scan = introspection.scan(Mode.LIVE);

            // Memory of the kernel that it has never touched has no place yet: detection says so, the lists have no
            // gaps.
            assertThat(scan.path("state").asString()).as(scan.toString()).isIn("completed", "partial");
            assertThat(introspection.gaps("processes")).isZero();
            assertThat(introspection.gaps("modules")).isZero();
            assertThat(introspection.gaps("sockets")).isZero();
            assertThat(Differences.between(
                            LiveFacts.withoutWorkers(LiveFacts.processes(introspection)),
                            LiveFacts.withoutWorkers(LiveFacts.processes(truth))))
                    .isEmpty();
            assertThat(Differences.between(LiveFacts.modules(introspection), TrueModule.all(truth)))
                    .isEmpty();
            assertThat(Differences.between(LiveFacts.sockets(introspection), LiveFacts.sockets(truth)))
                    .isEmpty();
        }
    }

    /** Whoever was there before is in every scan, and nobody is who did not live. */
    @ParameterizedTest
    @MethodSource("vms")
    void test_forkStorm_everyScan_hasNoWrongEntry(String vm) {
        Introspection introspection = new Introspection(API, TESTBED, vm);
        try (TenantShell root = Fixture.overSsh(vm, Fixture.ROOT)) {
            SortedMap<Integer, LiveProcess> settled = LiveFacts.processes(truth(root));
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
            List<String> settled =
                    TrueModule.all(truth(root)).stream().map(TrueModule::name).toList();
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
        Introspection introspection = new Introspection(API, TESTBED, vm);
        for (int scans = 0; scans < SCANS_OF_CLEAN; scans++) {
            introspection.scan(scans % 2 == 0 ? Mode.LIVE : Mode.PAUSED);

            assertThat(introspection.openFindings()).isEmpty();
        }
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
            root.run("until rmmod test_rootkit; do sleep 1; done; kill $(cat /tmp/victim /tmp/listener)", LONG)
                    .succeeded();

            assertThat(found).anySatisfy(finding -> assertThat(finding).matches(trick.finding(trick.value(pid, PORT))));
            introspection.scan(Mode.LIVE);
            assertThat(introspection.openFindings()).as("after").isEmpty();
        }
    }

    /** All tricks that get along with each other, at once: each has its own finding after one scan. */
    @Test
    void test_rootkit_allTricksAtOnce_areAllFoundInOneScan() {
        String vm = "tenant-a";
        Introspection introspection = new Introspection(API, TESTBED, vm);
        try (TenantShell root = Fixture.overSsh(vm, Fixture.ROOT)) {
            root.run("modprobe dummy; start-stop-daemon -S -b -m -p /tmp/listener -x /bin/nc -- -l -p " + PORT)
                    .succeeded();
            Map<RootkitTrick, Integer> values = new EnumMap<>(RootkitTrick.class);
            for (RootkitTrick trick : RootkitTrick.values()) {
                values.put(trick, trick.value(trick.needsProcess() ? victim(root, vm, trick) : 0, PORT));
            }
            introspection.scan(Mode.LIVE);
            assertThat(introspection.openFindings()).as("before").isEmpty();

            root.run("insmod /modules/test-rootkit.ko seconds=60 "
                            + values.entrySet().stream()
                                    .map(trick ->
                                            trick.getKey().name().toLowerCase(Locale.ROOT) + "=" + trick.getValue())
                                    .collect(Collectors.joining(" ")))
                    .succeeded();
            introspection.scan(Mode.LIVE);
            List<String> found = introspection.openFindings();
            root.run("until rmmod test_rootkit; do sleep 1; done; kill $(cat /tmp/victim* /tmp/listener)", LONG)
                    .succeeded();

            assertThat(values)
                    .allSatisfy((trick, value) -> assertThat(found)
                            .as("%s", trick)
                            .anySatisfy(finding -> assertThat(finding).matches(trick.finding(value))));
        }
    }

    private static int victim(TenantShell root, String vm, RootkitTrick trick) {
        String file = "/tmp/victim-" + trick;
        root.run("start-stop-daemon -S -b -m -p " + file + " -c " + TESTBED.user(vm) + " -x /bin/sleep -- 1000000")
                .succeeded();
        return Integer.parseInt(root.run("sleep 1; cat " + file).succeeded());
    }

    private static void expectUsable(JsonNode scan, List<String> wrong) {
        if (!List.of("completed", "partial").contains(scan.path("state").asString(""))) {
            wrong.add(scan.toString());
        }
    }

    private static Truth truth(TenantShell root) {
        root.run("ground-truth processes sockets modules >/tmp/truth.tar", LONG).succeeded();
        String text = root.run("gzip -c /tmp/truth.tar | base64; rm /tmp/truth.tar", LONG)
                .succeeded();
        byte[] packed = Base64.getMimeDecoder().decode(text);
        try (GZIPInputStream archive = new GZIPInputStream(new ByteArrayInputStream(packed))) {
            return Truth.ofArchive(archive.readAllBytes());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
