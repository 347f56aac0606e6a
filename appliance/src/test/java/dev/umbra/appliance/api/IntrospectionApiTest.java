// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import static dev.umbra.appliance.introspection.FakeInspector.file;
import static dev.umbra.appliance.introspection.FakeInspector.module;
import static dev.umbra.appliance.introspection.FakeInspector.process;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.appliance.RunningAppliance;
import dev.umbra.appliance.RunningAppliance.Answer;
import dev.umbra.appliance.introspection.FakeInspector;
import dev.umbra.appliance.introspection.Gap;
import dev.umbra.appliance.introspection.Inspector.Detection;
import dev.umbra.appliance.introspection.Inspector.Inspection;
import dev.umbra.appliance.introspection.Section;
import dev.umbra.appliance.vm.VmRecords;
import dev.umbra.cloudhypervisor.fake.FakeTenantVm;
import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class IntrospectionApiTest {
    private final RunningAppliance appliance = RunningAppliance.get();

    @Test
    void scan_on_request_makes_a_moment_whose_sections_can_be_read() {
        FakeInspector.Scene vm = enrolled("scanned");
        vm.show(Section.PROCESSES, List.of(), process(1, "init", 10), process(211, "sshd", 20));

        Answer accepted = appliance.post("alice", path("scanned", "/scans"), null);
        JsonNode scan = ended("scanned", accepted);
        JsonNode page = appliance.get("alice", path("scanned", "/processes")).json();

        assertThat(accepted.status()).isEqualTo(202);
        assertThat(accepted.header("Location")).endsWith(scan.path("id").asString());
        assertThat(scan.path("state").asString()).isEqualTo("completed");
        assertThat(scan.path("done").asInt()).isEqualTo(scan.path("steps").asInt());
        assertThat(page.path("moment").asLong()).isEqualTo(scan.path("moment").asLong());
        assertThat(page.path("total").asInt()).isEqualTo(2);
        assertThat(page.path("facts").path(1).path("name").asString()).isEqualTo("sshd");
        assertThat(page.path("gaps").size()).isZero();
        JsonNode status = appliance.get("alice", path("scanned", "")).json();
        assertThat(status.path("state").asString()).isEqualTo("ready");
        assertThat(status.path("kernel").path("release").asString()).isEqualTo("6.1.0-fake");
        assertThat(appliance.get("alice", "/api/v1/audit?vm=scanned").json().toString())
                .contains("scan-requested");
    }

    @Test
    void gaps_are_in_the_answer_and_make_the_scan_partial() {
        FakeInspector.Scene vm = enrolled("gappy");
        vm.show(Section.MODULES, List.of(new Gap("cycle", "module.list", "0xffffffffc0a10008", 1)), module("evil"));

        JsonNode scan =
                ended("gappy", appliance.post("alice", path("gappy", "/scans"), "{\"sections\":[\"modules\"]}"));
        JsonNode page = appliance.get("alice", path("gappy", "/modules")).json();

        assertThat(scan.path("state").asString()).isEqualTo("partial");
        assertThat(scan.path("gaps").asLong()).isEqualTo(1);
        assertThat(page.path("gaps").path(0).path("reason").asString()).isEqualTo("cycle");
        assertThat(page.path("facts").size()).isEqualTo(1);
    }

    @Test
    void pages_filters_and_search() {
        FakeInspector.Scene vm = enrolled("paged");
        vm.show(Section.FILES, List.of(), file(1, 0, "/dev/null"), file(2, 0, "/dev/null"), file(2, 1, "/etc/Shadow"));
        ended("paged", appliance.post("alice", path("paged", "/scans"), null));

        JsonNode first = appliance.get("alice", path("paged", "/files?limit=2")).json();
        JsonNode second = appliance
                .get(
                        "alice",
                        path(
                                "paged",
                                "/files?limit=2&offset=" + first.path("next").asInt()))
                .json();
        JsonNode ofProcess =
                appliance.get("alice", path("paged", "/files?pid=2&q=NULL")).json();
        JsonNode hits =
                appliance.get("alice", path("paged", "/search?q=shadow")).json();

        assertThat(first.path("facts").size()).isEqualTo(2);
        assertThat(second.path("facts").path(0).path("path").asString()).isEqualTo("/etc/Shadow");
        assertThat(second.has("next")).isFalse();
        assertThat(ofProcess.path("total").asInt()).isEqualTo(1);
        assertThat(hits.path("total").asInt()).isEqualTo(1);
        assertThat(hits.path("hits").path(0).path("section").asString()).isEqualTo("files");
    }

    @Test
    void two_moments_differ_in_what_appeared_went_and_changed() {
        FakeInspector.Scene vm = enrolled("changing");
        vm.show(Section.PROCESSES, List.of(), process(1, "init", 10), process(2, "shell", 10), process(3, "cat", 10));
        long before = ended("changing", appliance.post("alice", path("changing", "/scans"), null))
                .path("moment")
                .asLong();
        vm.show(Section.PROCESSES, List.of(), process(1, "init", 99), process(2, "bash", 10), process(4, "nc", 10));
        long after = ended("changing", appliance.post("alice", path("changing", "/scans"), null))
                .path("moment")
                .asLong();

        JsonNode found = appliance
                .get("alice", path("changing", "/diff?section=processes&from=" + before + "&to=" + after))
                .json()
                .path("sections")
                .path(0);

        assertThat(found.path("appeared").path(0).path("name").asString()).isEqualTo("nc");
        assertThat(found.path("gone").path(0).path("name").asString()).isEqualTo("cat");
        assertThat(found.path("changedTotal").asInt()).isEqualTo(1);
        assertThat(found.path("changed").path(0).path("after").path("name").asString())
                .isEqualTo("bash");
        assertThat(appliance.get("alice", path("changing", "/moments")).json().size())
                .isEqualTo(2);
        assertThat(appliance
                        .get("alice", path("changing", "/processes?moment=" + before))
                        .json()
                        .toString())
                .contains("\"cat\"");
        assertThat(appliance
                        .get("alice", path("changing", "/processes?moment=77"))
                        .code())
                .isEqualTo("moment-not-found");
    }

    @Test
    void progress_is_watched_as_server_sent_events_until_the_end() throws Exception {
        FakeInspector.Scene vm = enrolled("watched");
        Semaphore steps = vm.stepByStep();
        String id = appliance
                .post("alice", path("watched", "/scans"), "{\"sections\":[\"processes\",\"modules\"]}")
                .json()
                .path("id")
                .asString();

        // A step goes on when it was shown, however often it is.
        Set<String> shown = new HashSet<>(Set.of(""));
        HttpResponse<Stream<String>> events = appliance.client.send(
                HttpRequest.newBuilder(appliance.address(path("watched", "/scans/" + id + "/events")))
                        .header("Authorization", RunningAppliance.basic("alice", RunningAppliance.PASSWORD))
                        .build(),
                HttpResponse.BodyHandlers.ofLines());
        List<JsonNode> seen = events.body()
                .filter(line -> line.startsWith("data: "))
                .map(line -> new JsonMapper().readTree(line.substring("data: ".length())))
                .peek(scan -> {
                    if (shown.add(scan.path("step").asString(""))) {
                        steps.release();
                    }
                })
                .toList();

        assertThat(events.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/event-stream");
        assertThat(seen).extracting(scan -> scan.path("step").asString("")).contains("processes", "modules");
        assertThat(seen.getLast().path("state").asString()).isEqualTo("completed");
    }

    @Test
    void one_scan_runs_one_waits_and_more_are_refused() {
        FakeInspector.Scene vm = enrolled("busy");
        Semaphore steps = vm.stepByStep();
        Answer running = appliance.post("alice", path("busy", "/scans"), null);
        RunningAppliance.await(() -> "running"
                .equals(scan("busy", running.json().path("id").asString())
                        .path("state")
                        .asString()));

        Answer waiting = appliance.post("alice", path("busy", "/scans"), null);
        Answer tooMany = appliance.post("alice", path("busy", "/scans"), null);
        steps.release(100);

        assertThat(waiting.status()).isEqualTo(202);
        assertThat(tooMany.code()).isEqualTo("scan-in-progress");
        assertThat(ended("busy", waiting).path("state").asString()).isEqualTo("completed");
    }

    @Test
    void unknown_kernel_is_refused_with_its_reason() {
        FakeInspector.Scene vm = enrolled("unknown");
        vm.answer(new Inspection.Refused("the kernel has no BTF"));

        JsonNode scan = ended("unknown", appliance.post("alice", path("unknown", "/scans"), null));
        Answer processes = appliance.get("alice", path("unknown", "/processes"));

        assertThat(scan.path("state").asString()).isEqualTo("refused");
        assertThat(scan.path("reason").asString()).isEqualTo("the kernel has no BTF");
        assertThat(processes.code()).isEqualTo("kernel-refused");
        assertThat(processes.json().path("detail").asString()).isEqualTo("the kernel has no BTF");
    }

    @Test
    void vm_that_was_seen_and_is_refused_three_times_is_told_until_it_is_seen_again() {
        FakeInspector.Scene vm = enrolled("lost");
        ended("lost", appliance.post("alice", path("lost", "/scans"), null));
        vm.answer(new Inspection.Refused("no banner"));
        for (int scan = 0; scan < 4; scan++) {
            ended("lost", appliance.post("alice", path("lost", "/scans"), null));
        }
        vm.answer(null);
        ended("lost", appliance.post("alice", path("lost", "/scans"), null));

        RunningAppliance.await(() -> events("lost").size() == 2);
        assertThat(events("lost"))
                .extracting(event -> event.path("umbra").path("kind").asString() + " "
                        + event.path("umbra").path("action").asString())
                .containsExactly("introspection-lost opened", "introspection-lost closed");
    }

    @Test
    void paused_scan_tells_how_long_the_vm_was_held() {
        enrolled("held");

        JsonNode scan = ended("held", appliance.post("alice", path("held", "/scans"), "{\"mode\":\"paused\"}"));

        assertThat(scan.path("pauseMicroseconds").asLong()).isEqualTo(1500);
    }

    @Test
    void what_a_scan_finds_is_told_everywhere_once_and_is_over_when_it_is_gone() throws Exception {
        FakeInspector.Scene vm = enrolled("infected");
        Sighting hidden =
                new Sighting(FindingKind.PROCESS_HIDDEN, "process 666", new Evidence.Text("name", "backdoor"));
        vm.find(new Detection(List.of(hidden), Set.of(FindingKind.PROCESS_HIDDEN), List.of(), List.of()));
        ended("infected", appliance.post("alice", path("infected", "/scans"), null));
        ended("infected", appliance.post("alice", path("infected", "/scans"), null));

        JsonNode open = appliance
                .get("alice", path("infected", "/findings?open=true&kind=process-hidden&severity=critical"))
                .json();
        assertThat(open.path("total").asInt()).isEqualTo(1);
        assertThat(open.path("findings").path(0).path("subject").asString()).isEqualTo("process 666");
        assertThat(open.path("findings").path(0).path("count").asInt()).isEqualTo(2);
        JsonNode view = appliance.get("alice", "/api/v1/vms/infected").json();
        assertThat(view.path("notices").path(0).path("code").asString()).isEqualTo("memory-alarm");
        assertThat(appliance
                        .get("alice", "/api/v1/audit?vm=infected")
                        .json()
                        .toString()
                        .split("PROCESS_HIDDEN"))
                .hasSize(2);

        vm.find(new Detection(List.of(), Set.of(FindingKind.PROCESS_HIDDEN), List.of(), List.of()));
        ended("infected", appliance.post("alice", path("infected", "/scans"), null));

        assertThat(appliance
                        .get("alice", path("infected", "/findings?open=true"))
                        .json()
                        .path("total")
                        .asInt())
                .isZero();
        RunningAppliance.await(() -> events("infected").size() == 2);
        assertThat(events("infected"))
                .extracting(line -> line.path("umbra").path("action").asString())
                .containsExactly("opened", "closed");
        assertThat(events("infected").getFirst().path("vm").path("name").asString())
                .isEqualTo("infected");
        assertThat(events("infected").getFirst().path("event_type").asString()).isEqualTo("umbra");
    }

    private List<JsonNode> events(String vm) {
        try (Stream<String> lines = Files.lines(appliance.state.resolve("events/eve.json"))) {
            return lines.map(new JsonMapper()::readTree)
                    .filter(line -> line.path("vm").path("name").asString("").equals(vm))
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @Test
    void metrics_count_scans_and_events() {
        enrolled("measured");
        ended("measured", appliance.post("alice", path("measured", "/scans"), null));

        String metrics = new String(appliance
                .get("administrator", "/actuator/prometheus")
                .response()
                .body());

        assertThat(metrics)
                .containsPattern("umbra_introspection_scans_total\\{end=\"completed\"} [1-9]")
                .contains(
                        "umbra_introspection_scan_duration_seconds_count",
                        "umbra_introspection_pause_seconds_sum",
                        "umbra_introspection_pause_longest_seconds",
                        "umbra_introspection_gaps_total",
                        "umbra_introspection_requests_refused_total",
                        "umbra_events_dropped_total{sink=\"file\"}");
    }

    @Test
    void released_vm_shows_nothing_to_who_comes_after() {
        FakeInspector.Scene vm = enrolled("passed-on");
        vm.show(Section.PROCESSES, List.of(), process(1, "secretive", 10));
        ended("passed-on", appliance.post("alice", path("passed-on", "/scans"), null));

        appliance.post("alice", "/api/v1/vms/passed-on/secret", "{\"release\":true}");

        assertThat(appliance.get("alice", path("passed-on", "/processes")).code())
                .isEqualTo("vm-not-enrolled");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/processes",
                "/threads",
                "/modules",
                "/sockets",
                "/files",
                "/maps",
                "/mounts",
                "/log",
                "/interfaces",
                "/bpf",
                "/containers",
                "/moments",
                "/scans",
                "/search?q=x",
                "/diff?from=1&to=2"
            })
    void what_was_seen_is_for_the_owner_alone(String part) {
        String name = "private-" + part.replaceAll("[^a-z]", "");
        enrolled(name);
        String id =
                appliance.get("alice", "/api/v1/vms/" + name).json().path("id").asString();

        assertThat(appliance.get("bob", path(id, part)).code()).isEqualTo("vm-not-found");
        assertThat(appliance.get("operator", path(id, part)).code()).isEqualTo("forbidden");
        assertThat(appliance.get("administrator", path(id, part)).code()).isEqualTo("forbidden");
        assertThat(appliance.get(null, path(id, part)).code()).isEqualTo("authentication-required");
    }

    @Test
    void state_and_findings_are_for_the_administrator_too() {
        enrolled("inspected");
        String id = appliance
                .get("alice", "/api/v1/vms/inspected")
                .json()
                .path("id")
                .asString();

        assertThat(appliance.get("administrator", path(id, "")).status()).isEqualTo(200);
        assertThat(appliance.get("administrator", path(id, "/findings")).status())
                .isEqualTo(200);
        assertThat(appliance.get("operator", path(id, "")).code()).isEqualTo("forbidden");
        assertThat(appliance.get("operator", path(id, "/findings")).code()).isEqualTo("forbidden");
        assertThat(appliance.post("administrator", path(id, "/scans"), null).code())
                .isEqualTo("forbidden");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"mode\":\"sideways\"}",
                "{\"sections\":[\"secrets\"]}",
                "{\"sections\":[],\"detection\":false}",
                "[]"
            })
    void strange_scan_is_refused(String body) {
        String name = "strange";
        if (appliance.get("alice", "/api/v1/vms/" + name).status() != 200) {
            enrolled(name);
        }

        assertThat(appliance.post("alice", path(name, "/scans"), body).code()).isEqualTo("request-invalid");
        assertThat(appliance.get("alice", path(name, "/scans/not-a-uuid")).code())
                .isEqualTo("request-invalid");
        assertThat(appliance
                        .get("alice", path(name, "/scans/5f0c6f6e-9f0b-4f0f-8a63-0f5f3a3e1c55"))
                        .code())
                .isEqualTo("scan-not-found");
    }

    private FakeInspector.Scene enrolled(String name) {
        appliance.awaitHost();
        String secret = appliance.createVm("alice", name);
        FakeTenantVm vm = appliance.hypervisor.addTenantVm();
        RunningAppliance.enrol(vm, secret);
        return appliance.inspector.scene(appliance
                .bean(VmRecords.class)
                .findByName(name)
                .orElseThrow()
                .binding()
                .orElseThrow());
    }

    private static String path(String vm, String part) {
        return "/api/v1/vms/" + vm + "/introspection" + part;
    }

    private JsonNode scan(String vm, String id) {
        return appliance.get("alice", path(vm, "/scans/" + id)).json();
    }

    private JsonNode ended(String vm, Answer accepted) {
        String id = accepted.json().path("id").asString();
        RunningAppliance.await(() -> scan(vm, id).has("endedAt"));
        return scan(vm, id);
    }
}
