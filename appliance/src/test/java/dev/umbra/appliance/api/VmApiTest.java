// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.appliance.RunningAppliance;
import dev.umbra.appliance.RunningAppliance.Answer;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.cloudhypervisor.fake.FakeTenantVm;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.FrameHeader;
import dev.umbra.ultracall.UltracallStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class VmApiTest {
    private final RunningAppliance appliance = RunningAppliance.get();

    @BeforeEach
    void wait_for_the_host() {
        await(() -> appliance
                .get("administrator", "/api/v1/hosts/fake")
                .json()
                .path("attached")
                .asBoolean());
    }

    @Test
    void tenant_creates_a_record_and_sees_its_secret_once() {
        Answer created = appliance.post("alice", "/api/v1/vms", "{\"name\":\"created\"}");

        assertThat(created.status()).isEqualTo(201);
        assertThat(created.header("Cache-Control")).isEqualTo("no-store");
        assertThat(created.json().path("secret").asString()).matches("[0-9a-f]{64}");
        JsonNode vm = appliance.get("alice", "/api/v1/vms/created").json();
        assertThat(vm.path("state").asString()).isEqualTo("unclaimed");
        assertThat(vm.toString()).doesNotContain(created.json().path("secret").asString());
        assertThat(created.header("Location")).endsWith(vm.path("id").asString());
    }

    @Test
    void record_is_in_the_file_before_the_answer_is_sent() throws Exception {
        String id = idOf("alice", "durable");
        Path copy = Files.createTempDirectory("umbra-copy");
        Files.copy(appliance.state.resolve("database/umbra.mv.db"), copy.resolve("umbra.mv.db"));

        try (Connection database = DriverManager.getConnection("jdbc:h2:file:" + copy.resolve("umbra"), "umbra", "");
                var found =
                        database.createStatement().executeQuery("select name from vm_record where id = '" + id + "'")) {
            assertThat(found.next()).isTrue();
        }
    }

    @Test
    void another_tenant_is_not_told_that_it_exists() {
        String id = idOf("alice", "hidden-from-bob");

        assertThat(appliance.get("bob", "/api/v1/vms/hidden-from-bob").code()).isEqualTo("vm-not-found");
        assertThat(appliance.get("bob", "/api/v1/vms/" + id).code()).isEqualTo("vm-not-found");
        assertThat(appliance.get("bob", "/api/v1/vms").json().toString()).doesNotContain(id);
        assertThat(appliance
                        .post("bob", "/api/v1/vms/" + id + "/console-tickets", null)
                        .status())
                .isEqualTo(404);
        assertThat(appliance.send("bob", "DELETE", "/api/v1/vms/" + id, null).status())
                .isEqualTo(404);
    }

    @Test
    void operator_sees_that_it_exists_and_whose_it_is_and_nothing_else() {
        String id = idOf("alice", "outlined");

        JsonNode vm = appliance.get("operator", "/api/v1/vms/" + id).json();

        assertThat(vm.propertyNames()).containsExactlyInAnyOrder("id", "owner", "state", "permissions");
        assertThat(appliance.get("operator", "/api/v1/vms").json().toString())
                .contains(id)
                .doesNotContain("outlined");
        assertThat(appliance.get("operator", "/api/v1/vms/outlined").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({
        "operator, POST, /console-tickets, console-not-for-your-role",
        "operator, GET, /console-log, console-not-for-your-role",
        "operator, GET, /screenshot, console-not-for-your-role",
        "operator, POST, /recordings, console-not-for-your-role",
        "operator, GET, /recordings, console-not-for-your-role",
        "operator, GET, /recordings/20260301-120000-1f2e3d4c, console-not-for-your-role",
        "operator, POST, /recordings/20260301-120000-1f2e3d4c/stop, console-not-for-your-role",
        "operator, DELETE, /recordings/20260301-120000-1f2e3d4c, console-not-for-your-role",
        "operator, POST, /pause, forbidden",
        "operator, GET, /vcpus, forbidden",
        "operator, POST, /vcpus, forbidden",
        "bob, GET, /vcpus, vm-not-found",
        "alice, POST, /vcpus, vm-not-enrolled",
        "administrator, GET, /vcpus, vm-not-enrolled",
        "operator, POST, /secret, forbidden",
        "operator, DELETE, '', forbidden",
        "operator, PUT, /ports, forbidden",
        "administrator, POST, /console-tickets, console-not-for-your-role",
        "administrator, GET, /console-log, console-not-for-your-role",
        "administrator, GET, /screenshot, console-not-for-your-role",
        "administrator, POST, /recordings, console-not-for-your-role",
        "administrator, GET, /recordings, console-not-for-your-role",
        "bob, GET, /screenshot, vm-not-found",
        "bob, GET, /recordings, vm-not-found",
        "alice, GET, /screenshot, vm-not-enrolled",
        "alice, POST, /recordings, vm-not-enrolled",
        "alice, GET, /recordings/20260301-120000-1f2e3d4c, recording-not-found",
        "alice, DELETE, /recordings/nonsense, recording-not-found",
        "alice, PUT, /ports, forbidden",
        "alice, POST, /pause, vm-not-enrolled",
        "alice, POST, /console-tickets, vm-not-enrolled",
        "alice, GET, /console-log, vm-not-enrolled",
        "administrator, PUT, /ports, vm-not-enrolled"
    })
    void roles_and_actions(String account, String method, String path, String code) {
        String id = existing("alice", "matrix");
        String body = path.equals("/ports") ? "{\"base\":1016,\"count\":8,\"claimed\":true}" : null;

        Answer answer = appliance.send(account, method, "/api/v1/vms/" + id + path, body);

        assertThat(answer.code()).isEqualTo(code);
    }

    @Test
    void administrator_creates_for_a_tenant_only() {
        Answer forTenant = appliance.post("administrator", "/api/v1/vms", "{\"name\":\"given\",\"tenant\":\"bob\"}");
        Answer forNobody = appliance.post("administrator", "/api/v1/vms", "{\"name\":\"x\",\"tenant\":\"nobody\"}");
        Answer byOther = appliance.post("alice", "/api/v1/vms", "{\"name\":\"x\",\"tenant\":\"bob\"}");
        Answer byOperator = appliance.post("operator", "/api/v1/vms", "{\"name\":\"x\",\"tenant\":\"bob\"}");

        assertThat(forTenant.status()).isEqualTo(201);
        assertThat(appliance.get("bob", "/api/v1/vms/given").status()).isEqualTo(200);
        assertThat(forNobody.code()).isEqualTo("tenant-not-found");
        assertThat(byOther.code()).isEqualTo("forbidden");
        assertThat(byOperator.code()).isEqualTo("forbidden");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"name\":\"Capital\"}",
                "{\"name\":\"\"}",
                "{}",
                "[]",
                "{\"name\":",
                "{\"name\":\"5f0c6f6e-9f0b-4f0f-8a63-0f5f3a3e1c55\"}",
                "{\"name\":\"a/../../b\"}"
            })
    void malformed_records_are_refused_without_an_echo(String body) {
        Answer answer = appliance.post("alice", "/api/v1/vms", body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("request-invalid");
        assertThat(answer.json().toString()).doesNotContain("Capital", "Exception", "jackson");
    }

    @Test
    void names_are_unique_and_records_limited() {
        appliance.post("small", "/api/v1/vms", "{\"name\":\"only-one\"}");

        assertThat(appliance
                        .post("bob", "/api/v1/vms", "{\"name\":\"only-one\"}")
                        .code())
                .isEqualTo("vm-name-taken");
        assertThat(appliance
                        .post("small", "/api/v1/vms", "{\"name\":\"one-more\"}")
                        .code())
                .isEqualTo("vm-limit-reached");
    }

    @Test
    void vm_enrols_itself_is_paused_resumed_and_gone() {
        String secret = appliance.createVm("alice", "living");
        FakeTenantVm vm = appliance.hypervisor.addTenantVm();

        assertThat(RunningAppliance.enrol(vm, secret)).isEqualTo(UltracallStatus.OK.value());
        assertThat(state("living")).isEqualTo("enrolled");
        assertThat(appliance
                        .post("alice", "/api/v1/vms/living/pause", null)
                        .json()
                        .path("state")
                        .asString())
                .isEqualTo("paused");
        assertThat(appliance
                        .post("administrator", "/api/v1/vms/living/resume", null)
                        .status())
                .isEqualTo(200);
        assertThat(state("living")).isEqualTo("enrolled");
        vm.disappear();
        await(() -> state("living").equals("gone"));
        assertThat(appliance.post("alice", "/api/v1/vms/living/pause", null).code())
                .isEqualTo("vm-gone");
    }

    @Test
    void registers_are_those_of_an_exit_and_exact_while_the_vm_is_held() {
        String secret = appliance.createVm("alice", "registers");
        FakeTenantVm vm = appliance.hypervisor.addTenantVm();
        RunningAppliance.enrol(vm, secret);

        JsonNode live = appliance.get("alice", "/api/v1/vms/registers/vcpus").json();
        JsonNode held = appliance
                .post("administrator", "/api/v1/vms/registers/vcpus", null)
                .json();

        assertThat(live.path("vcpus").size()).isEqualTo(2);
        assertThat(live.path("pause").isMissingNode()).isTrue();
        JsonNode first = live.path("vcpus").path(0);
        assertThat(first.path("exact").asBoolean(true)).isFalse();
        assertThat(first.path("cr0").asString()).isEqualTo("0x80050033");
        assertThat(first.path("cpl").asInt()).isEqualTo(3);
        assertThat(held.path("vcpus").path(0).path("exact").asBoolean()).isTrue();
        assertThat(held.path("pause").path("end").asString()).isEqualTo("resumed");
        assertThat(held.path("pause").path("settlingMicroseconds").asDouble()).isEqualTo(1);
        assertThat(held.path("pause").path("heldMicroseconds").asDouble()).isEqualTo(3);
        assertThat(vm.momentInForce()).isFalse();
    }

    @Test
    void second_vm_with_the_secret_is_refused_and_the_owner_warned_until_dismissed() {
        String secret = appliance.createVm("alice", "stolen");
        RunningAppliance.enrol(appliance.hypervisor.addTenantVm(), secret);

        long status = RunningAppliance.enrol(appliance.hypervisor.addTenantVm(), secret);

        assertThat(status).isEqualTo(UltracallStatus.REFUSED.value());
        JsonNode notice = appliance
                .get("alice", "/api/v1/vms/stolen")
                .json()
                .path("notices")
                .path(0);
        assertThat(notice.path("code").asString()).isEqualTo("secret-used-again");
        String path = "/api/v1/vms/stolen/notices/secret-used-again";
        assertThat(appliance.send("alice", "DELETE", path, null).status()).isEqualTo(204);
        assertThat(appliance.send("alice", "DELETE", path, null).status()).isEqualTo(404);
        assertThat(appliance
                        .get("alice", "/api/v1/vms/stolen")
                        .json()
                        .path("notices")
                        .isEmpty())
                .isTrue();
    }

    @Test
    void enrolled_vm_is_released_only_explicitly() {
        String secret = appliance.createVm("alice", "released");
        FakeTenantVm vm = appliance.hypervisor.addTenantVm();
        RunningAppliance.enrol(vm, secret);

        Answer refused = appliance.post("alice", "/api/v1/vms/released/secret", null);
        Answer renewed = appliance.post("alice", "/api/v1/vms/released/secret", "{\"release\":true}");

        assertThat(refused.code()).isEqualTo("vm-still-enrolled");
        assertThat(renewed.status()).isEqualTo(200);
        assertThat(state("released")).isEqualTo("unclaimed");
        assertThat(RunningAppliance.enrol(vm, renewed.json().path("secret").asString()))
                .isEqualTo(UltracallStatus.OK.value());
    }

    @Test
    void identity_alarm_becomes_a_finding_a_notice_and_an_audit_entry() {
        String secret = appliance.createVm("alice", "alarmed");
        FakeTenantVm vm = appliance.hypervisor.addTenantVm();
        RunningAppliance.enrol(vm, secret);

        appliance.hypervisor.sendToService(
                new Frame.Alarm(FrameHeader.ofTenantVm(vm.id(), 0), Frame.AlarmKind.ROOT_SHARED, 99, 0x7000, 0x1000));

        await(() -> !appliance
                .get("alice", "/api/v1/vms/alarmed")
                .json()
                .path("notices")
                .isEmpty());
        JsonNode shown = appliance.get("alice", "/api/v1/vms/alarmed").json();
        assertThat(shown.path("notices").path(0).path("code").asString()).isEqualTo("identity-alarm");
        assertThat(shown.path("findings").path(0).path("kind").asString()).isEqualTo("page-table-shared");
        assertThat(appliance.get("alice", "/api/v1/audit?vm=alarmed").json().toString())
                .contains("PAGE_TABLE_SHARED");
        assertThat(appliance.get("administrator", "/api/v1/findings").json().toString())
                .contains("page-table-shared");
        assertThat(appliance.get("alice", "/api/v1/findings").status()).isEqualTo(403);
    }

    @Test
    void administrator_moves_ports_and_refusals_of_the_host_are_told() {
        RunningAppliance.enrol(appliance.hypervisor.addTenantVm(), appliance.createVm("alice", "ports"));
        String path = "/api/v1/vms/ports/ports";

        assertThat(appliance
                        .send("administrator", "PUT", path, "{\"base\":1016,\"count\":8,\"claimed\":false}")
                        .status())
                .isEqualTo(204);
        assertThat(appliance
                        .send("administrator", "PUT", path, "{\"base\":57005,\"count\":8,\"claimed\":true}")
                        .code())
                .isEqualTo("host-refused");
        assertThat(appliance
                        .send("administrator", "PUT", path, "{\"base\":65535,\"count\":8,\"claimed\":true}")
                        .code())
                .isEqualTo("ports-invalid");
        assertThat(appliance
                        .send("administrator", "PUT", path, "{\"base\":-1,\"count\":8,\"claimed\":true}")
                        .code())
                .isEqualTo("request-invalid");
    }

    @Test
    void hosts_are_for_staff_and_counters_for_the_administrator() {
        assertThat(appliance.get("alice", "/api/v1/hosts").status()).isEqualTo(403);
        assertThat(appliance.get("operator", "/api/v1/hosts").json().path(0).has("counters"))
                .isFalse();
        assertThat(appliance.get("operator", "/api/v1/hosts/none").code()).isEqualTo("host-not-found");
        await(() -> appliance.get("administrator", "/api/v1/hosts/fake").json().has("counters"));
    }

    @Test
    void audit_is_the_tenants_own() {
        idOf("bob", "audited-bob");
        idOf("alice", "audited-alice");

        JsonNode page = appliance.get("alice", "/api/v1/audit?limit=500").json();

        assertThat(page.path("entries").toString()).contains("audited-alice").doesNotContain("audited-bob");
        assertThat(appliance.get("operator", "/api/v1/audit").status()).isEqualTo(403);
        assertThat(appliance
                        .get("administrator", "/api/v1/audit?limit=500")
                        .json()
                        .toString())
                .contains("audited-alice", "audited-bob");
        assertThat(appliance.get("alice", "/api/v1/audit?vm=audited-bob").code())
                .isEqualTo("vm-not-found");
        JsonNode one = appliance.get("alice", "/api/v1/audit?limit=1").json();
        assertThat(one.path("entries").size()).isEqualTo(1);
        assertThat(one.path("next").asLong())
                .isEqualTo(one.path("entries").path(0).path("id").asLong());
    }

    @Test
    void openapi_document_describes_every_path_and_the_catalogue_every_code() {
        JsonNode document = appliance.get(null, "/api/v1/openapi").json();
        JsonNode problems = appliance.get(null, "/api/v1/problems").json();

        assertThat(document.path("openapi").asString()).startsWith("3.");
        document.path("paths")
                .forEach(path -> path.forEach(operation ->
                        assertThat(operation.path("summary").asString("")).isNotEmpty()));
        assertThat(document.path("paths").propertyNames())
                .contains(
                        "/api/v1/vms/{vm}/console-tickets",
                        "/api/v1/vms/{vm}/screenshot",
                        "/api/v1/vms/{vm}/recordings/{id}",
                        "/api/v1/hosts",
                        "/api/v1/audit");
        assertThat(problems.size()).isEqualTo(ProblemCode.values().length);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/nothing, 404, not-found",
        "PATCH, /api/v1/vms, 405, method-not-allowed",
        "GET, /api/v1/audit?limit=many, 400, request-invalid",
        "DELETE, /api/v1/vms/matrix/notices/unheard-of, 400, request-invalid"
    })
    void strange_requests(String method, String path, int status, String code) {
        existing("alice", "matrix");

        Answer answer = appliance.send("alice", method, path, null);

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.code()).isEqualTo(code);
    }

    @Test
    void deleted_record_is_gone() {
        String id = idOf("alice", "deleted");

        assertThat(appliance.send("alice", "DELETE", "/api/v1/vms/" + id, null).status())
                .isEqualTo(204);
        assertThat(appliance.get("alice", "/api/v1/vms/" + id).status()).isEqualTo(404);
    }

    private String idOf(String tenant, String name) {
        return appliance
                .post(tenant, "/api/v1/vms", "{\"name\":\"" + name + "\"}")
                .json()
                .path("vm")
                .path("id")
                .asString();
    }

    private String existing(String tenant, String name) {
        Answer known = appliance.get(tenant, "/api/v1/vms/" + name);
        return known.status() == 200 ? known.json().path("id").asString() : idOf(tenant, name);
    }

    private String state(String name) {
        return appliance
                .get("alice", "/api/v1/vms/" + name)
                .json()
                .path("state")
                .asString();
    }

    private static void await(BooleanSupplier condition) {
        Instant end = Instant.now().plus(Duration.ofSeconds(20));
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as("time is up").isBefore(end);
            try {
                Thread.sleep(50);
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
        }
    }
}
