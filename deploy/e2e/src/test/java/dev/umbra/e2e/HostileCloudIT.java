// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.HostileOperator.Loot;
import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.Introspection;
import dev.umbra.e2e.testbed.Introspection.Mode;
import dev.umbra.e2e.testbed.Launcher;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/**
 * A virtualized system that breaks its word, for real: it runs a decoy with a stolen secret, enters one VM with another's page
 * table, and carries processors from one VM to another. A VM's identity stays its own or an alarm is raised, its owner is
 * told, and nobody is shown the data of another VM.
 */
@Order(19)
@Timeout(1200)
class HostileCloudIT {
    private static final String VICTIM = "tenant-a";
    private static final String INTRUDER = "tenant-b";
    private static final String INTRUDERS_SEED = "/dev/vdc";
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    /** A third VM, which has neither large pages nor a processor of its own, boots slowly. */
    private static final Duration DECOY_PATIENCE = Duration.ofMinutes(8);

    private static final int ENTRIES = 5;
    private static final int LINES = 2000;

    /** Secrets are as the disks of the VMs have them, nobody is disputed, and nothing was told yet. */
    @BeforeAll
    static void asItWas() {
        new Launcher(TESTBED).restore(TESTBED.artefacts().resolve("restored-HostileCloudIT.txt"));
        API.awaitReady(PATIENCE);
        Fixture.vms().forEach(vm -> assertThat(notices(vm(vm))).doesNotContain("identity-alarm"));
    }

    /** What an attack leaves behind is not for another test. */
    @AfterEach
    void asItWasBefore() {
        assertThat(Fixture.complaintsOfHost()).isEmpty();
        asItWas();
    }

    @Test
    void test_decoyWithAStolenSecret_isRefusedAndToldAndNobodySeesIt() {
        String decoyTag = "decoy" + Fixture.randomText(12);
        JsonNode before = vm(INTRUDER);
        int toldBefore = Fixture.times(before, "secret-used-again");
        try (HostileOperator operator = new HostileOperator(TESTBED);
                TenantShell genuine = Fixture.overSsh(INTRUDER, Fixture.ROOT)) {
            int marked = mark(genuine);
            int start = genuine.transcript().length();
            operator.startDecoy(INTRUDERS_SEED, decoyTag);
            try {
                JsonNode told = API.awaitVm(
                        INTRUDER, DECOY_PATIENCE, vm -> Fixture.times(vm, "secret-used-again") > toldBefore);

                assertThat(told.path("runningAs")).isEqualTo(before.path("runningAs"));
                assertThat(told.path("state").asString()).isEqualTo("enrolled");
                assertThat(audited(INTRUDER, "enrolment-refused"))
                        .anySatisfy(detail -> assertThat(detail).contains("used already"));
                expectStrangersAreNobodys(1);
                assertThat(genuine.run("hostname").succeeded()).isEqualTo(INTRUDER);
                assertThat(genuine.transcript().text(start)).doesNotContain(decoyTag);
                assertThat(operator.decoysFirstPort()).doesNotContain(decoyTag);
                expectSeen(INTRUDER, marked);
                assertThat(factsOf(INTRUDER, "log")).doesNotContain(decoyTag);
                expectSeen(VICTIM);
            } finally {
                operator.endDecoy();
            }
            assertThat(genuine.run("hostname").succeeded()).isEqualTo(INTRUDER);
        }
        assertThat(vm(INTRUDER).path("state").asString()).isEqualTo("enrolled");
    }

    /** Too short for an instruction, and both VMs go on: the alarm is all that tells. */
    @Test
    void test_entriesWithTheRootOfAnotherVm_areAlarmedAndBothAreShut() {
        JsonNode victimBefore = vm(VICTIM);
        JsonNode intruderBefore = vm(INTRUDER);
        try (HostileOperator operator = new HostileOperator(TESTBED);
                Consoles consoles = new Consoles()) {
            expectSeen(VICTIM);
            expectSeen(INTRUDER);

            operator.enter(INTRUDER, Loot.ROOT, VICTIM, ENTRIES);

            expectTold(VICTIM, "PAGE_TABLE_SHARED");
            expectTold(INTRUDER, "PAGE_TABLE_SHARED");
            assertThat(disputed(VICTIM).path("runningAs")).isEqualTo(victimBefore.path("runningAs"));
            assertThat(disputed(INTRUDER).path("runningAs")).isEqualTo(intruderBefore.path("runningAs"));
            expectShut(VICTIM);
            expectShut(INTRUDER);
            consoles.expectEachAnswers();
            consoles.expectOwnTextsOnly();
        }
    }

    /** The intruder does not survive this, and may damage the victim. */
    @Test
    void test_processorThatRunsOnTheRootOfAnotherVm_isAlarmedAndShut() {
        try (HostileOperator operator = new HostileOperator(TESTBED);
                Consoles consoles = new Consoles()) {
            consoles.talk();

            operator.run(INTRUDER, Loot.ROOT, VICTIM);

            expectTold(VICTIM, "PAGE_TABLE_SHARED");
            expectTold(INTRUDER, "PAGE_TABLE_SHARED");
            expectShut(VICTIM);
            expectShut(INTRUDER);
            consoles.expectOwnTextsOnly();
        }
    }

    /** One of two processors: the other one is still the VM's. */
    @Test
    void test_processorWithTheMapOfAnotherVm_isAStrangerAndAlarmed() {
        JsonNode before = vm(INTRUDER);
        try (HostileOperator operator = new HostileOperator(TESTBED);
                Consoles consoles = new Consoles()) {
            operator.enter(INTRUDER, Loot.MAP, VICTIM, 1);

            expectTold(INTRUDER, "PROCESSOR_MOVED");
            assertThat(disputed(INTRUDER).path("runningAs")).isEqualTo(before.path("runningAs"));
            expectShut(INTRUDER);
            expectStrangersAreNobodys(1);
            consoles.expectAnswer(VICTIM);
            assertThat(vm(VICTIM).path("state").asString()).isEqualTo("enrolled");
            expectSeen(VICTIM);
            consoles.expectOwnTextsOnly();
        }
    }

    /** The only processor of the victim runs under the process of the intruder: nobody is the victim any more. */
    @Test
    void test_controlBlockEnteredByAnotherVmsProcess_isNobodysAndAlarmed() {
        try (HostileOperator operator = new HostileOperator(TESTBED);
                Consoles consoles = new Consoles()) {
            int marked = mark(consoles.of(INTRUDER));

            operator.enter(INTRUDER, Loot.BLOCK, VICTIM, 1);

            expectTold(VICTIM, "PROCESSOR_MOVED");
            JsonNode victim = API.awaitVm(
                    VICTIM, PATIENCE, vm -> vm.path("state").asString().equals("gone"));
            assertThat(victim.path("vcpus").asInt(0)).isZero();
            assertThat(API.post(TESTBED.owner(VICTIM), "/vms/" + VICTIM + "/console-tickets", null)
                            .status())
                    .isEqualTo(409);
            expectStrangersAreNobodys(1);
            consoles.expectAnswer(INTRUDER);
            assertThat(vm(INTRUDER).path("state").asString()).isEqualTo("enrolled");
            expectSeen(INTRUDER, marked);
            consoles.expectOwnTextsOnly();
        }
    }

    /** Root's consoles of both VMs, and what each of them has said. */
    private static final class Consoles implements AutoCloseable {
        private final TenantShell victim = Fixture.overSsh(VICTIM, Fixture.ROOT);
        private final TenantShell intruder = Fixture.overSsh(INTRUDER, Fixture.ROOT);
        private final String victimsTag = "victim" + Fixture.randomText(12);
        private final String intrudersTag = "intruder" + Fixture.randomText(12);
        private final int victimsStart;
        private final int intrudersStart;

        Consoles() {
            victim.run("echo " + victimsTag).succeeded();
            intruder.run("echo " + intrudersTag).succeeded();
            victimsStart = victim.transcript().length();
            intrudersStart = intruder.transcript().length();
        }

        TenantShell of(String vm) {
            return vm.equals(VICTIM) ? victim : intruder;
        }

        void talk() {
            victim.start(talking(victimsTag));
            intruder.start(talking(intrudersTag));
        }

        private static String talking(String tag) {
            return "i=0; while [ $i -lt " + LINES + " ]; do i=$((i + 1)); echo " + tag + "-$i; done";
        }

        void expectEachAnswers() {
            expectAnswer(VICTIM);
            expectAnswer(INTRUDER);
        }

        void expectAnswer(String vm) {
            String tag = vm.equals(VICTIM) ? victimsTag : intrudersTag;
            assertThat(of(vm).run("hostname; echo " + tag).succeeded()).isEqualTo(vm + "\n" + tag);
        }

        /** Neither while it was attacked nor in what came later is a byte of the other one. */
        void expectOwnTextsOnly() {
            assertThat(victim.transcript().text(victimsStart)).doesNotContain(intrudersTag, INTRUDER);
            assertThat(intruder.transcript().text(intrudersStart)).doesNotContain(victimsTag, VICTIM);
        }

        @Override
        public void close() {
            victim.close();
            intruder.close();
        }
    }

    /** A process that is in this VM and in no other. */
    private static int mark(TenantShell root) {
        int seconds = 500_000 + (int) (System.nanoTime() % 100_000);
        root.run("sleep " + seconds + " >/dev/null 2>&1 & true").succeeded();
        return seconds;
    }

    private static JsonNode vm(String name) {
        return API.get(TESTBED.owner(name), "/vms/" + name).body();
    }

    private static JsonNode disputed(String name) {
        return API.awaitVm(name, PATIENCE, vm -> vm.path("state").asString().equals("disputed"));
    }

    private static List<String> notices(JsonNode vm) {
        return vm.path("notices")
                .valueStream()
                .map(notice -> notice.path("code").asString())
                .toList();
    }

    /** Details of the entries of a kind in a VM's audit trail, as its owner reads it. */
    private static List<String> audited(String name, String kind) {
        return API.get(TESTBED.owner(name), "/audit?limit=500&vm=" + name)
                .body()
                .path("entries")
                .valueStream()
                .filter(entry -> entry.path("kind").asString().equals(kind))
                .map(entry -> entry.path("detail").asString(""))
                .toList();
    }

    private static void expectTold(String name, String finding) {
        API.awaitVm(name, PATIENCE, vm -> notices(vm).contains("identity-alarm"));
        ApplianceApi.await(
                "the audit trail of " + name + " has " + finding,
                PATIENCE,
                () -> audited(name, "alarm").stream().anyMatch(detail -> detail.startsWith(finding)));
        assertThat(API.get("administrator", "/findings").body().toString())
                .contains(finding.toLowerCase().replace('_', '-'));
    }

    /** Nothing is read of a VM whose memory may be another's. */
    private static void expectShut(String name) {
        JsonNode scan = new Introspection(API, TESTBED, name).scan(Mode.LIVE);
        assertThat(scan.path("state").asString()).as(scan.toString()).isEqualTo("failed");
        assertThat(scan.path("reason").asString("")).contains("disputed");
        assertThat(API.get(TESTBED.owner(name), "/vms/" + name + "/introspection/memory?format=raw")
                        .code())
                .isEqualTo("introspection-unavailable");
    }

    private static void expectSeen(String name, int... marks) {
        JsonNode scan = new Introspection(API, TESTBED, name).scan(Mode.LIVE);
        assertThat(scan.path("state").asString()).as(scan.toString()).isIn("completed", "partial");
        String processes = factsOf(name, "processes");
        for (int mark : marks) {
            assertThat(processes).contains("\"" + mark + "\"");
        }
    }

    private static String factsOf(String name, String section) {
        return new Introspection(API, TESTBED, name).facts(section).toString();
    }

    /** VMs on the host that are nobody's: they are counted, have no name, and no account reaches them. */
    private static void expectStrangersAreNobodys(int least) {
        String path = "/hosts/" + API.host().path("name").asString() + "/vms";
        List<JsonNode> strangers = API.get("administrator", path)
                .body()
                .valueStream()
                .filter(vm -> vm.path("record").asString("").isEmpty())
                .toList();
        assertThat(strangers).hasSizeGreaterThanOrEqualTo(least);
        List<String> accounts = Stream.concat(
                        Fixture.vms().stream().map(TESTBED::owner), Stream.of("operator", "administrator"))
                .toList();
        for (String account : accounts) {
            for (JsonNode stranger : strangers) {
                String number = stranger.path("vm").asString();
                assertThat(API.get(account, "/vms/" + number).status()).isEqualTo(404);
                assertThat(API.post(account, "/vms/" + number + "/console-tickets", null)
                                .status())
                        .isEqualTo(404);
            }
        }
        assertThat(API.get("administrator", "/vms").body().size())
                .isEqualTo(Fixture.vms().size());
    }
}
