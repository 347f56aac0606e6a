// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.API;
import static dev.umbra.e2e.Fixture.TESTBED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.ApplianceApi.Answer;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Whose VM it is, and who may see its console. */
@Order(2)
class AccessIT {
    private static final String VM = "tenant-b";
    private static final String OWNER = TESTBED.owner(VM);
    private static final String STRANGER = TESTBED.owner("tenant-a");
    private static final int REFUSED = 3;
    private static final int ALREADY_ENROLLED = 4;

    private static String id(String vm) {
        return API.get(TESTBED.owner(vm), "/vms/" + vm).body().path("id").asString();
    }

    @ParameterizedTest
    @Order(1)
    @ValueSource(strings = {"operator", "administrator"})
    void test_console_ofStaff_isForbidden(String account) {
        for (String vm : Fixture.vms()) {
            Answer ticket = API.post(account, "/vms/" + id(vm) + "/console-tickets", null);
            assertThat(ticket.status()).isEqualTo(403);
            assertThat(ticket.code()).isEqualTo("console-not-for-your-role");
            assertThat(API.get(account, "/vms/" + id(vm) + "/console-log").status())
                    .isEqualTo(403);
        }
    }

    @Test
    @Order(2)
    void test_vms_ofOperator_existButHaveNoName() {
        List<JsonNode> seen = API.get("operator", "/vms").body().valueStream().toList();
        assertThat(seen).hasSize(Fixture.vms().size());
        assertThat(seen).allSatisfy(vm -> {
            assertThat(vm.has("name")).isFalse();
            assertThat(vm.path("permissions").toString()).doesNotContain("console", "log");
        });
    }

    @Test
    @Order(3)
    void test_vm_ofAnotherTenant_isNotFound() {
        for (String name : List.of(VM, id(VM))) {
            assertThat(API.get(STRANGER, "/vms/" + name).status()).isEqualTo(404);
            assertThat(API.post(STRANGER, "/vms/" + name + "/console-tickets", null)
                            .status())
                    .isEqualTo(404);
            assertThat(API.get(STRANGER, "/vms/" + name + "/console-log").status())
                    .isEqualTo(404);
            assertThat(API.post(STRANGER, "/vms/" + name + "/pause", null).status())
                    .isEqualTo(404);
        }
        assertThat(API.get(STRANGER, "/vms")
                        .body()
                        .valueStream()
                        .map(vm -> vm.path("name").asString()))
                .containsExactly("tenant-a");
    }

    @Test
    @Order(4)
    void test_webSocket_wrongOrUsedTicket_isRefused() {
        assertThatThrownBy(() -> API.openWebSocket("/api/v1/console?ticket=none", new WebSocket.Listener() {}));
        String path = "/api/v1/console?ticket=" + API.consoleTicket(VM);
        API.openWebSocket(path, new WebSocket.Listener() {}).abort();
        assertThatThrownBy(() -> API.openWebSocket(path, new WebSocket.Listener() {}));
    }

    private static String renewedSecret() {
        Answer answer = API.post(OWNER, "/vms/" + VM + "/secret", "{\"release\":true}");
        assertThat(answer.status()).isEqualTo(200);
        return answer.body().path("secret").asString();
    }

    private static int enrol(TenantShell root, String secret) {
        int status = root.run("(umask 077; echo " + secret + " >/run/secret); ultracall enrol /run/secret")
                .status();
        root.run("rm -f /run/secret");
        return status;
    }

    private static long refusals(String detail) {
        return API.get("administrator", "/audit?limit=500")
                .body()
                .path("entries")
                .valueStream()
                .filter(entry -> entry.path("kind").asString().equals("enrolment-refused"))
                .filter(entry -> entry.path("detail").asString("").contains(detail))
                .count();
    }

    private static void awaitRefusal(String detail, long before) {
        ApplianceApi.await(
                "the audit trail has '" + detail + "'", Duration.ofSeconds(20), () -> refusals(detail) > before);
    }

    @Test
    @Order(5)
    void test_enrolment_wrongSecondAndUsedSecret_isRefusedAuditedAndTold() {
        try (TenantShell root = Fixture.overSecondPort(VM)) {
            String secret = renewedSecret();
            assertThat(root.run("ultracall identity").succeeded()).contains("enrolment: unclaimed");
            assertThat(API.post(OWNER, "/vms/" + VM + "/console-tickets", null).code())
                    .isEqualTo("vm-not-enrolled");

            long wrong = refusals("unknown secret");
            assertThat(enrol(root, "5a".repeat(32))).isEqualTo(REFUSED);
            awaitRefusal("unknown secret", wrong);

            assertThat(enrol(root, secret)).isZero();
            assertThat(root.run("ultracall identity").succeeded()).contains("enrolment: enrolled");
            assertThat(root.run("ultracall name").succeeded()).isEqualTo(VM);

            long second = refusals("enrolled already");
            assertThat(enrol(root, secret)).isEqualTo(ALREADY_ENROLLED);
            awaitRefusal("enrolled already", second);

            String next = renewedSecret();
            assertThat(enrol(root, secret)).isEqualTo(REFUSED);
            JsonNode told = API.awaitVm(
                    VM,
                    Duration.ofSeconds(20),
                    vm -> vm.path("notices")
                            .valueStream()
                            .anyMatch(notice ->
                                    notice.path("code").asString().matches("secret-used-again|old-secret-used")));
            assertThat(told.path("notices").toString()).containsIgnoringCase("enrol");
            assertThat(API.get(OWNER, "/audit?vm=" + VM)
                            .body()
                            .path("entries")
                            .valueStream()
                            .map(entry -> entry.path("kind").asString()))
                    .contains("enrolment-refused");

            assertThat(enrol(root, next)).isZero();
            root.logout(VM);
        }
        try (TenantShell shell = Fixture.overSsh(VM)) {
            assertThat(shell.run("hostname").succeeded()).isEqualTo(VM);
            shell.logout(VM);
        }
    }
}
