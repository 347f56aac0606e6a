// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;

/** A tenant beside what the appliance sees in it, and what has to hold of both whatever kernel the tenant runs. */
final class IntrospectedTenant {
    static final int PORT = 2222;

    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int SCANS_OF_CLEAN = Integer.getInteger("umbra.clean.scans", 5);

    private final String vm;
    private final Introspection introspection;

    IntrospectedTenant(String vm) {
        this.vm = vm;
        this.introspection = new Introspection(API, TESTBED, vm);
    }

    Introspection introspection() {
        return introspection;
    }

    /** What the tenant says of itself. */
    static Truth truth(TenantShell root) {
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

    /** Its lists as the appliance sees them are those it shows itself, field by field. */
    void expectListsThatEqualTruth() {
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

    /** Nothing is found in it while nobody hides there, live and paused. */
    void expectNothingFound() {
        for (int scans = 0; scans < SCANS_OF_CLEAN; scans++) {
            introspection.scan(scans % 2 == 0 ? Mode.LIVE : Mode.PAUSED);

            assertThat(introspection.openFindings()).isEmpty();
        }
    }

    /** All tricks that get along with each other, at once: each has its own finding after one scan. */
    void expectAllTricksFoundInOneScan() {
        try (TenantShell root = Fixture.overSsh(vm, Fixture.ROOT)) {
            root.run("modprobe dummy; start-stop-daemon -S -b -m -p /tmp/listener -x /bin/nc -- -l -p " + PORT)
                    .succeeded();
            Map<RootkitTrick, Integer> values = new EnumMap<>(RootkitTrick.class);
            for (RootkitTrick trick : RootkitTrick.values()) {
                if (trick.getsAlong()) {
                    values.put(trick, trick.value(trick.needsProcess() ? victim(root, trick) : 0, PORT));
                }
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
            root.run(RootkitTrick.UNLOAD + "; kill $(cat /tmp/victim* /tmp/listener)", LONG)
                    .succeeded();

            assertThat(values)
                    .allSatisfy((trick, value) -> assertThat(found)
                            .as("%s", trick)
                            .anySatisfy(finding -> assertThat(finding).matches(trick.finding(value))));
            introspection.scan(Mode.LIVE);
            assertThat(introspection.openFindings()).as("after").isEmpty();
        }
    }

    private int victim(TenantShell root, RootkitTrick trick) {
        String file = "/tmp/victim-" + trick;
        root.run("start-stop-daemon -S -b -m -p " + file + " -c " + TESTBED.user(vm) + " -x /bin/sleep -- 1000000")
                .succeeded();
        return Integer.parseInt(root.run("sleep 1; cat " + file).succeeded());
    }

    /** Another test must not meet a rootkit. */
    void removeRootkit() {
        try (TenantShell root = Fixture.overSsh(vm, Fixture.ROOT)) {
            root.run(RootkitTrick.UNLOAD_IF_LOADED, LONG);
        }
    }
}
