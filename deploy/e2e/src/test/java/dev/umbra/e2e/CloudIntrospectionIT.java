// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.testbed.Introspection;
import dev.umbra.e2e.testbed.Introspection.Mode;
import dev.umbra.e2e.testbed.MachineShell;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** The untrusted system itself is seen from below as it is, and what hides in it is found. */
@Order(13)
@Timeout(900)
class CloudIntrospectionIT {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int SCANS_OF_CLEAN = Integer.getInteger("umbra.clean.scans", 5);
    private static final Pattern PROCESS = Pattern.compile("(?m)^ *(\\d+) +(\\S+)");
    private static final List<String> OF_THE_MOMENT = List.of("ps", "sleep");

    private final Introspection introspection = Introspection.ofCloudVm(API);

    /** Another test must not meet a rootkit. */
    @AfterEach
    void noRootkitStays() {
        try (MachineShell operator = MachineShell.ofOperator(TESTBED)) {
            operator.run(RootkitTrick.UNLOAD_IF_LOADED, LONG);
        }
    }

    @Test
    void test_processes_equalThoseTheSystemShows() {
        try (MachineShell operator = MachineShell.ofOperator(TESTBED)) {
            SortedMap<Integer, String> before = processes(operator);
            JsonNode scan = introspection.scan(Mode.LIVE);
            SortedMap<Integer, String> after = processes(operator);

            assertThat(scan.path("state").asString()).as(scan.toString()).isIn("completed", "partial");
            assertThat(introspection.gaps("processes")).isZero();
            SortedMap<Integer, String> seen = new TreeMap<>();
            introspection
                    .facts("processes")
                    .forEach(fact ->
                            seen.put(fact.path("pid").asInt(), fact.path("name").asString("")));
            // Whoever came or went meanwhile may be in either.
            after.forEach((pid, name) -> {
                if (before.containsKey(pid)) {
                    assertThat(seen).containsKey(pid);
                    assertThat(settled(seen.get(pid))).isEqualTo(settled(name));
                }
            });
            seen.forEach((pid, name) -> {
                if (!before.containsKey(pid) && !after.containsKey(pid)) {
                    assertThat(settled(name)).isIn(OF_THE_MOMENT);
                }
            });
            assertThat(seen.values().stream().filter(name -> name.startsWith("qemu-system")))
                    .hasSize(Fixture.vms().size());
        }
    }

    @Test
    void test_kvmVms_areTheTenantVms() {
        try (MachineShell operator = MachineShell.ofOperator(TESTBED)) {
            SortedSet<Integer> processes = new TreeSet<>();
            for (String vm : Fixture.vms()) {
                processes.add(Integer.parseInt(
                        operator.run("cat /run/tenants/" + vm + ".pid").succeeded()));
            }
            int processors =
                    Integer.parseInt(operator.run("ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c anon_inode:kvm-vcpu")
                            .succeeded());

            introspection.scan(Mode.LIVE);

            SortedSet<Integer> holders = new TreeSet<>();
            int seen = 0;
            for (JsonNode file : introspection.facts("files")) {
                String path = file.path("path").asString("");
                if (path.startsWith("anon_inode:kvm-vm")) {
                    holders.add(file.path("pid").asInt());
                }
                seen += path.startsWith("anon_inode:kvm-vcpu") ? 1 : 0;
            }
            assertThat(holders).isEqualTo(processes);
            assertThat(seen).isEqualTo(processors);
            JsonNode findings =
                    API.get("administrator", introspection.path() + "/findings").body();
            assertThat(findings.path("gaps").toString()).doesNotContain("kvm", "vm_list");
        }
    }

    @Test
    void test_cleanSystem_manyScans_findNothing() {
        for (int scans = 0; scans < SCANS_OF_CLEAN; scans++) {
            JsonNode scan = introspection.scan(Mode.LIVE);

            assertThat(scan.path("state").asString()).as(scan.toString()).isIn("completed", "partial");
            assertThat(introspection.openFindings()).isEmpty();
        }
    }

    /** The process that an operator hides from himself and from everybody in his system. */
    @Test
    void test_hiddenProcess_isFoundInOneScan() {
        try (MachineShell operator = MachineShell.ofOperator(TESTBED)) {
            int pid = Integer.parseInt(
                    operator.run("sleep 1000000 >/dev/null 2>&1 & echo $!").succeeded());
            introspection.scan(Mode.LIVE);
            assertThat(introspection.openFindings()).as("before").isEmpty();

            operator.run("insmod /modules/test-rootkit.ko " + RootkitTrick.UNLINK_PROCESS.parameters(pid, 0))
                    .succeeded();
            introspection.scan(Mode.LIVE);
            List<String> found = introspection.openFindings();
            operator.run(RootkitTrick.UNLOAD + "; kill " + pid, LONG).succeeded();

            assertThat(found).contains("PROCESS_HIDDEN process " + pid);
            introspection.scan(Mode.LIVE);
            assertThat(introspection.openFindings()).as("after").isEmpty();
        }
    }

    private static SortedMap<Integer, String> processes(MachineShell operator) {
        SortedMap<Integer, String> processes = new TreeMap<>();
        String text = operator.run("for p in /proc/[0-9]*; do echo ${p#/proc/} $(cat $p/comm 2>/dev/null); done")
                .output();
        Matcher lines = PROCESS.matcher(text);
        while (lines.find()) {
            processes.put(Integer.parseInt(lines.group(1)), lines.group(2));
        }
        return processes;
    }

    private static String settled(String name) {
        return name.startsWith("kworker/") ? "ps" : name;
    }
}
