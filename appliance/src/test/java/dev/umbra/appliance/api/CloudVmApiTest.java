// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import static dev.umbra.appliance.introspection.FakeInspector.process;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.appliance.RunningAppliance;
import dev.umbra.appliance.RunningAppliance.Answer;
import dev.umbra.appliance.host.Hosts;
import dev.umbra.appliance.introspection.FakeInspector;
import dev.umbra.appliance.introspection.Inspector.Detection;
import dev.umbra.appliance.introspection.Section;
import dev.umbra.appliance.introspection.Target;
import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CloudVmApiTest {
    private static final String CLOUD_VM = "/api/v1/hosts/fake/cloud-vms/1";

    private final RunningAppliance appliance = RunningAppliance.get();

    @Test
    void scan_on_request_makes_a_moment_whose_sections_can_be_read() {
        scene().show(Section.PROCESSES, List.of(), process(1, "systemd", 10), process(400, "qemu", 20));

        Answer accepted = appliance.post("administrator", CLOUD_VM + "/introspection/scans", null);
        JsonNode scan = ended(accepted);
        JsonNode page = get("/introspection/processes?q=qemu");

        assertThat(accepted.status()).isEqualTo(202);
        assertThat(accepted.header("Location"))
                .isEqualTo(CLOUD_VM + "/introspection/scans/" + scan.path("id").asString());
        assertThat(scan.path("state").asString()).isEqualTo("completed");
        assertThat(page.path("total").asInt()).isEqualTo(1);
        assertThat(page.path("facts").path(0).path("pid").asInt()).isEqualTo(400);
        assertThat(get("/introspection").path("state").asString()).isEqualTo("ready");
        assertThat(get("/introspection").path("maximumPauseMicroseconds").asLong())
                .isZero();
        assertThat(get("").path("introspection").path("kernel").path("release").asString())
                .isEqualTo("6.1.0-fake");
        assertThat(get("/introspection/search?q=systemd").path("total").asInt()).isPositive();
        assertThat(get("/introspection/moments").size()).isPositive();
        assertThat(appliance.get("administrator", "/api/v1/audit").json().toString())
                .contains(scan.path("id").asString());
    }

    @Test
    void what_is_found_is_told_without_an_owner_and_is_over_when_it_is_gone() {
        FakeInspector.Scene cloud = scene();
        Sighting hidden = new Sighting(
                FindingKind.CLOUD_VM_CLAIM_FALSE, "KVM VM 0xffffc90000410000", new Evidence.Number("pid", 400));
        cloud.find(new Detection(List.of(hidden), Set.of(FindingKind.CLOUD_VM_CLAIM_FALSE), List.of(), List.of()));
        ended(appliance.post("administrator", CLOUD_VM + "/introspection/scans", null));
        JsonNode open = get("/introspection/findings?open=true&kind=cloud-vm-claim-false");
        cloud.find(new Detection(List.of(), Set.of(FindingKind.CLOUD_VM_CLAIM_FALSE), List.of(), List.of()));
        ended(appliance.post("administrator", CLOUD_VM + "/introspection/scans", null));

        assertThat(open.path("total").asInt()).isEqualTo(1);
        assertThat(open.path("findings").path(0).path("cloudVm").asInt()).isEqualTo(1);
        assertThat(get("/introspection/findings?open=true").path("total").asInt())
                .isZero();
        RunningAppliance.await(() -> events().size() == 2);
        assertThat(events())
                .extracting(event -> event.path("umbra").path("action").asString())
                .containsExactly("opened", "closed");
        assertThat(events().getFirst().path("umbra").path("running_as").asString())
                .endsWith("/cloud/1");
        assertThat(events().getFirst().has("vm")).isFalse();
    }

    @Test
    void cloud_vm_is_never_held() {
        scene();

        assertThat(appliance
                        .post("administrator", CLOUD_VM + "/introspection/scans", "{\"mode\":\"paused\"}")
                        .code())
                .isEqualTo("scan-pause-not-allowed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/introspection",
                "/introspection/processes",
                "/introspection/log",
                "/introspection/findings",
                "/introspection/moments",
                "/introspection/scans",
                "/introspection/search?q=x",
                "/introspection/diff?from=1&to=2"
            })
    void what_is_seen_is_for_administrators_alone(String part) {
        scene();

        assertThat(appliance.get("alice", CLOUD_VM + part).code()).isEqualTo("forbidden");
        assertThat(appliance.get("operator", CLOUD_VM + part).code()).isEqualTo("forbidden");
        assertThat(appliance.get(null, CLOUD_VM + part).code()).isEqualTo("authentication-required");
        assertThat(appliance
                        .post("operator", CLOUD_VM + "/introspection/scans", null)
                        .code())
                .isEqualTo("forbidden");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/core", "/memory", "/introspection/memory", "/introspection/core", "/vcpus"})
    void memory_of_all_tenants_is_not_given_out(String part) {
        scene();

        assertThat(appliance.get("administrator", CLOUD_VM + part).status()).isIn(400, 404);
    }

    @Test
    void strange_names_are_refused() {
        scene();

        assertThat(appliance
                        .get("administrator", "/api/v1/hosts/fake/cloud-vms/7")
                        .code())
                .isEqualTo("cloud-vm-not-found");
        assertThat(appliance
                        .get("administrator", "/api/v1/hosts/other/cloud-vms")
                        .code())
                .isEqualTo("host-not-found");
        assertThat(appliance
                        .get("administrator", CLOUD_VM + "/introspection/secrets")
                        .code())
                .isEqualTo("request-invalid");
        assertThat(appliance
                        .get("administrator", "/api/v1/hosts/fake/cloud-vms")
                        .json()
                        .path(0)
                        .path("cloudVm")
                        .asInt())
                .isEqualTo(1);
    }

    private FakeInspector.Scene scene() {
        appliance.awaitHost();
        return appliance.inspector.scene(
                new Target.Cloud(appliance.bean(Hosts.class).cloudVms("fake").getFirst()));
    }

    private JsonNode get(String part) {
        return appliance.get("administrator", CLOUD_VM + part).json();
    }

    private JsonNode ended(Answer accepted) {
        String path = "/introspection/scans/" + accepted.json().path("id").asString();
        RunningAppliance.await(() -> get(path).has("endedAt"));
        return get(path);
    }

    private List<JsonNode> events() {
        try (Stream<String> lines = Files.lines(appliance.state.resolve("events/eve.json"))) {
            return lines.map(new JsonMapper()::readTree)
                    .filter(line -> line.path("umbra").path("kind").asString("").equals("cloud-vm-claim-false"))
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
