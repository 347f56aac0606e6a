// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.appliance.RunningAppliance;
import dev.umbra.appliance.RunningAppliance.Answer;
import dev.umbra.cloudhypervisor.fake.FakeTenantVm;
import dev.umbra.remoteconsole.access.ConsoleGrant;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class ConsoleTest {
    private static final int DATA = 0x3f8;
    private static final int LINE_STATUS = 0x3fd;

    private final RunningAppliance appliance = RunningAppliance.get();

    @Test
    void bytes_go_both_ways() throws Exception {
        FakeTenantVm vm = enrolled("both-ways");
        vm.write(0, DATA, "hello\n".getBytes(StandardCharsets.UTF_8));
        Terminal terminal = open(ticket("both-ways", null), null);

        await(() -> terminal.output().contains("hello\n"));
        assertThat(terminal.texts.getFirst()).contains("\"type\":\"hello\"", "\"role\":\"writer\"", "both-ways");
        terminal.type("x");
        await(() -> (read(vm, LINE_STATUS) & 1) == 1);
        assertThat(read(vm, DATA)).isEqualTo('x');
        terminal.close();

        await(() -> appliance
                .get("alice", "/api/v1/audit?vm=both-ways")
                .json()
                .toString()
                .contains("console-closed"));
        assertThat(appliance.get("alice", "/api/v1/audit?vm=both-ways").json().toString())
                .contains("console-opened", "ticket-issued");
    }

    @Test
    void second_writer_takes_over_and_it_is_audited() throws Exception {
        enrolled("taken-over");
        Terminal first = open(ticket("taken-over", null), null);
        await(() -> !first.texts.isEmpty());

        Terminal second = open(ticket("taken-over", null), null);

        await(() -> first.texts.stream().anyMatch(text -> text.contains("\"role\":\"viewer\"")));
        await(() -> appliance
                .get("alice", "/api/v1/audit?vm=taken-over")
                .json()
                .toString()
                .contains("console-taken-over"));
        first.close();
        second.close();
    }

    @Test
    void viewer_ticket_never_types() throws Exception {
        FakeTenantVm vm = enrolled("viewed");
        Terminal terminal = open(ticket("viewed", "{\"role\":\"viewer\"}"), null);
        await(() -> !terminal.texts.isEmpty());

        terminal.type("x");

        await(() -> terminal.texts.stream().anyMatch(text -> text.contains("readOnly")));
        assertThat(terminal.texts.getFirst()).contains("\"mayWrite\":false");
        assertThat(read(vm, LINE_STATUS) & 1).isZero();
        terminal.close();
    }

    @Test
    void used_unknown_and_missing_tickets_are_refused() throws Exception {
        enrolled("one-time");
        String ticket = ticket("one-time", null);
        open(ticket, null).close();

        assertThat(refusal(ticket, null)).isEqualTo(403);
        assertThat(refusal("guess", null)).isEqualTo(403);
        assertThat(refusal("", null)).isEqualTo(403);
    }

    @Test
    void page_of_another_origin_is_refused_and_uses_the_ticket_up() {
        enrolled("origin");
        String ticket = ticket("origin", null);

        assertThat(refusal(ticket, "https://evil.example")).isEqualTo(403);
        assertThat(refusal(ticket, null)).isEqualTo(403);
        assertThat(refusal(ticket("origin", null), "https://localhost:1")).isEqualTo(403);
    }

    @Test
    void own_origin_is_accepted() throws Exception {
        enrolled("own-origin");

        open(ticket("own-origin", null), "https://localhost:" + appliance.port())
                .close();
    }

    @Test
    void console_closes_when_the_vm_is_gone() throws Exception {
        FakeTenantVm vm = enrolled("short-lived");
        Terminal terminal = open(ticket("short-lived", null), null);
        await(() -> !terminal.texts.isEmpty());

        vm.disappear();

        await(() -> terminal.closed == 4000);
    }

    @Test
    void sessions_end_when_the_record_lets_go_of_its_vm() throws Exception {
        FakeTenantVm vm = enrolled("let-go");
        Terminal terminal = open(ticket("let-go", null), null);
        await(() -> !terminal.texts.isEmpty());
        ConsoleGrant grant = appliance
                .bean(ConsoleDoor.class)
                .byPassword("let-go", RunningAppliance.PASSWORD.toCharArray(), new InetSocketAddress("192.0.2.1", 1))
                .orElseThrow();
        assertThat(appliance.bean(ConsoleDoor.class).stillHolds(grant)).isTrue();

        appliance.post("alice", "/api/v1/vms/let-go/secret", "{\"release\":true}");

        await(() -> terminal.closed == 4000);
        assertThat(appliance.bean(ConsoleDoor.class).stillHolds(grant)).isFalse();
        RunningAppliance.enrol(vm, appliance.createVm("bob", "bobs-now"));
        assertThat(appliance.bean(ConsoleDoor.class).stillHolds(grant)).isFalse();
    }

    @Test
    void ssh_door_gives_one_answer_to_strangers_and_to_owners_of_other_vms() {
        enrolled("door");
        appliance.createVm("alice", "door-not-enrolled");
        ConsoleDoor door = appliance.bean(ConsoleDoor.class);
        InetSocketAddress from = new InetSocketAddress("192.0.2.2", 1);

        assertThat(door.byPassword("door", RunningAppliance.PASSWORD.toCharArray(), from))
                .isPresent();
        assertThat(door.byPassword("door", "wrong".toCharArray(), from)).isEmpty();
        assertThat(door.byPassword("no-such-vm", RunningAppliance.PASSWORD.toCharArray(), from))
                .isEmpty();
        assertThat(door.byPassword("door-not-enrolled", RunningAppliance.PASSWORD.toCharArray(), from))
                .isEmpty();
    }

    @Test
    void log_has_ranges_that_count_from_the_first_byte() {
        FakeTenantVm vm = enrolled("logged");
        vm.write(0, DATA, "0123456789".getBytes(StandardCharsets.UTF_8));
        await(() -> log(null).response().body().length == 10);

        Answer all = log(null);
        assertThat(all.status()).isEqualTo(200);
        assertThat(all.header("Umbra-Output-Offset")).isEqualTo("0");
        assertThat(all.header("Content-Disposition")).contains("logged.log");
        Answer middle = log("bytes=2-4");
        assertThat(middle.status()).isEqualTo(206);
        assertThat(middle.header("Content-Range")).isEqualTo("bytes 2-4/10");
        assertThat(new String(middle.response().body(), StandardCharsets.UTF_8)).isEqualTo("234");
        assertThat(new String(log("bytes=-3").response().body(), StandardCharsets.UTF_8))
                .isEqualTo("789");
        assertThat(log("bytes=10-").code()).isEqualTo("range-not-satisfiable");
        assertThat(log("bytes=x").code()).isEqualTo("request-invalid");
        assertThat(log("bytes=0-1,3-4").code()).isEqualTo("request-invalid");
    }

    @Test
    void consoles_are_metered() {
        enrolled("metered");

        await(() -> new String(
                        appliance
                                .get("administrator", "/actuator/prometheus")
                                .response()
                                .body(),
                        StandardCharsets.UTF_8)
                .contains("umbra_console_output_bytes_total{host=\"fake\""));
        String metrics = new String(
                appliance
                        .get("administrator", "/actuator/prometheus")
                        .response()
                        .body(),
                StandardCharsets.UTF_8);
        assertThat(metrics)
                .contains(
                        "umbra_host_attached{host=\"fake\"} 1.0",
                        "umbra_vm_port_writes_total",
                        "umbra_vm_queue_frames",
                        "umbra_console_back_pressure_lost_total",
                        "umbra_console_take_overs_total",
                        "umbra_uart_transmitted_total",
                        "umbra_link_frames_received_total",
                        "umbra_service_frames_applied_total")
                .doesNotContain("metered", "alice");
    }

    private FakeTenantVm enrolled(String name) {
        FakeTenantVm vm = appliance.hypervisor.addTenantVm();
        RunningAppliance.enrol(vm, appliance.createVm("alice", name));
        return vm;
    }

    private String ticket(String vm, String body) {
        Answer answer = appliance.post("alice", "/api/v1/vms/" + vm + "/console-tickets", body);
        assertThat(answer.status()).isEqualTo(201);
        return answer.json().path("ticket").asString();
    }

    private Answer log(String range) {
        HttpRequest.Builder request = HttpRequest.newBuilder(appliance.address("/api/v1/vms/logged/console-log"))
                .header("Authorization", RunningAppliance.basic("alice", RunningAppliance.PASSWORD));
        if (range != null) {
            request.header("Range", range);
        }
        return appliance.send(request.build());
    }

    private Terminal open(String ticket, String origin) {
        Terminal terminal = new Terminal();
        URI address = URI.create("wss://localhost:" + appliance.port() + "/api/v1/console?ticket=" + ticket);
        WebSocket.Builder builder = appliance.client.newWebSocketBuilder();
        if (origin != null) {
            builder.header("Origin", origin);
        }
        terminal.socket = builder.buildAsync(address, terminal).join();
        return terminal;
    }

    private int refusal(String ticket, String origin) {
        CompletableFuture<Integer> status = new CompletableFuture<>();
        assertThatThrownBy(() -> open(ticket, origin))
                .isInstanceOfSatisfying(
                        CompletionException.class,
                        failure -> status.complete(((WebSocketHandshakeException) failure.getCause())
                                .getResponse()
                                .statusCode()));
        return status.join();
    }

    private static int read(FakeTenantVm vm, int port) {
        int latched = vm.latched(port);
        return latched >= 0
                ? latched
                : vm.read(0, port).orTimeout(10, TimeUnit.SECONDS).join();
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

    private static final class Terminal implements WebSocket.Listener {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final List<String> texts = new CopyOnWriteArrayList<>();
        private volatile WebSocket socket;
        private volatile int closed;

        @Override
        public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
            byte[] piece = new byte[data.remaining()];
            data.get(piece);
            bytes.writeBytes(piece);
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence text, boolean last) {
            texts.add(text.toString());
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int status, String reason) {
            closed = status;
            return null;
        }

        String output() {
            return bytes.toString(StandardCharsets.UTF_8);
        }

        void type(String text) {
            socket.sendBinary(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), true)
                    .join();
        }

        void close() {
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        }
    }
}
