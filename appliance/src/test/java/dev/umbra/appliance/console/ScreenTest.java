// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import static dev.umbra.appliance.console.ScreenClient.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.appliance.RunningAppliance;
import dev.umbra.appliance.RunningAppliance.Answer;
import dev.umbra.cloudhypervisor.fake.FakeTenantVm;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class ScreenTest {
    private static final int KEYBOARD_DATA = 0x60;
    private static final int KEYBOARD_STATUS = 0x64;
    private static final int KEY_A = 0x1e;
    /** What the keyboard sends for it as long as nobody has asked for another set. */
    private static final int SET_2_A = 0x1c;

    private static final byte[] PRESS_A = {(byte) 255, 0, 0, 1, 0, 0, 0, 'a', 0, 0, 0, KEY_A};

    private final RunningAppliance appliance = RunningAppliance.get();

    @Test
    void picture_and_keys_go_through_the_web_socket() {
        FakeTenantVm vm = enrolled("screen");
        ScreenClient client = ScreenClient.open(appliance, path("screen", "{\"kind\":\"graphical\"}"));

        assertThat(client.subprotocol()).isEqualTo("binary");
        assertThat(client.texts.getFirst()).contains("\"role\":\"writer\"", "\"mayWrite\":true", "screen");
        client.send(new byte[] {3, 0, 0, 0, 0, 0, (byte) 255, (byte) 255, (byte) 255, (byte) 255});
        await(() -> client.received().length > 10_000);
        client.send(PRESS_A);
        await(() -> (read(vm, KEYBOARD_STATUS) & 1) == 1);
        assertThat(read(vm, KEYBOARD_DATA)).isEqualTo(SET_2_A);
        client.say("{\"type\":\"ping\",\"id\":7}");
        await(() -> client.heard("\"pong\",\"id\":7"));
        client.close();

        await(() -> audit("screen").contains("screen-closed"));
        assertThat(audit("screen")).contains("screen-opened", "ticket-issued", "graphical writer");
    }

    @Test
    void reset_of_the_machine_resets_keyboard_and_display() {
        FakeTenantVm vm = enrolled("screen-reset");
        vm.write(0, 0x3c8, (byte) 77);
        vm.write(0, KEYBOARD_STATUS, (byte) 0xd2);
        vm.write(0, KEYBOARD_DATA, (byte) 1);
        assertThat(read(vm, KEYBOARD_STATUS) & 1).isOne();
        assertThat(read(vm, 0x3c8)).isEqualTo(77);

        vm.reset();

        assertThat(read(vm, KEYBOARD_STATUS) & 1).isZero();
        assertThat(read(vm, 0x3c8)).isZero();
    }

    @Test
    void second_writer_takes_over_and_the_first_is_told_by_whom_and_takes_back() {
        enrolled("screen-taken");
        ScreenClient first = ScreenClient.open(appliance, path("screen-taken", "{\"kind\":\"graphical\"}"));
        ScreenClient second = ScreenClient.open(appliance, path("screen-taken", "{\"kind\":\"graphical\"}"));

        await(() -> first.heard("\"role\":\"viewer\",\"by\":\"browser at 127.0.0.1\""));
        first.say("{\"type\":\"takeOver\"}");

        await(() -> second.heard("\"role\":\"viewer\",\"by\":\"browser"));
        await(() -> first.texts.getLast().contains("\"role\":\"writer\""));
        await(() -> audit("screen-taken").contains("screen-taken-over"));
        first.close();
        second.close();
    }

    @Test
    void viewer_ticket_neither_types_nor_takes_over() {
        FakeTenantVm vm = enrolled("screen-viewed");
        ScreenClient viewer =
                ScreenClient.open(appliance, path("screen-viewed", "{\"kind\":\"graphical\",\"role\":\"viewer\"}"));

        assertThat(viewer.texts.getFirst()).contains("\"role\":\"viewer\"", "\"mayWrite\":false");
        viewer.say("{\"type\":\"takeOver\"}");
        viewer.send(PRESS_A);
        viewer.say("{\"type\":\"ping\",\"id\":1}");

        await(() -> viewer.heard("pong"));
        assertThat(viewer.heard("\"role\":\"writer\"")).isFalse();
        assertThat(read(vm, KEYBOARD_STATUS) & 1).isZero();
        viewer.close();
    }

    @ParameterizedTest
    @CsvSource({"serial, /api/v1/display", "graphical, /api/v1/console"})
    void ticket_of_the_other_kind_is_refused_and_used_up(String kind, String wrongPath) {
        existing("screen-kind");
        String right = path("screen-kind", "{\"kind\":\"" + kind + "\"}");

        assertThat(refusal(right.replaceFirst(".*\\?", wrongPath + "?"), null)).isEqualTo(403);
        assertThat(refusal(right, null)).isEqualTo(403);
    }

    @Test
    void page_of_another_origin_and_nonsense_are_refused() {
        enrolled("screen-origin");

        assertThat(refusal(path("screen-origin", "{\"kind\":\"graphical\"}"), "https://evil.example"))
                .isEqualTo(403);
        assertThat(refusal(path("screen-origin", "{\"kind\":\"graphical\"}") + "&layout=klingon", null))
                .isEqualTo(400);
        assertThat(refusal("/api/v1/display?ticket=guess", null)).isEqualTo(403);
        assertThat(appliance
                        .post("alice", "/api/v1/vms/screen-origin/console-tickets", "{\"kind\":\"holographic\"}")
                        .code())
                .isEqualTo("request-invalid");
    }

    @Test
    void screen_closes_when_the_record_lets_go_of_its_vm() {
        enrolled("screen-let-go");
        ScreenClient client = ScreenClient.open(appliance, path("screen-let-go", "{\"kind\":\"graphical\"}"));

        appliance.post("alice", "/api/v1/vms/screen-let-go/secret", "{\"release\":true}");

        await(() -> client.closed == 4000);
    }

    @Test
    void screenshot_is_a_picture_of_the_screen_and_not_too_many_are_taken() throws IOException {
        enrolled("screen-shot");
        Answer answer = appliance.get("alice", "/api/v1/vms/screen-shot/screenshot");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("image/png");
        assertThat(answer.header("Cache-Control")).contains("no-store");
        assertThat(ImageIO.read(new ByteArrayInputStream(answer.response().body()))
                        .getWidth())
                .isPositive();
        Answer last = answer;
        for (int number = 0; number < 60 && last.status() == 200; number++) {
            last = appliance.get("alice", "/api/v1/vms/screen-shot/screenshot");
        }
        assertThat(last.code()).isEqualTo("screenshot-rate-limited");
        assertThat(audit("screen-shot")).contains("screenshot-taken");
    }

    @Test
    void screen_is_recorded_listed_played_and_deleted() throws IOException {
        enrolled("screen-film");
        String recordings = "/api/v1/vms/screen-film/recordings";

        Answer started = appliance.post("alice", recordings, null);
        assertThat(started.status()).isEqualTo(201);
        assertThat(started.json().path("inProgress").asBoolean()).isTrue();
        String one = recordings + "/" + started.json().path("id").asString();
        assertThat(appliance.post("alice", recordings, null).code()).isEqualTo("recording-in-progress");
        await(() ->
                appliance.get("alice", recordings).json().path(0).path("bytes").asLong() > 200);
        JsonNode stopped = appliance.post("alice", one + "/stop", null).json();
        assertThat(stopped.path("inProgress").asBoolean()).isFalse();
        assertThat(stopped.path("milliseconds").asLong()).isBetween(1L, 60_000L);

        byte[] file = appliance.get("alice", one).response().body();
        assertThat(new String(file, 0, 12, StandardCharsets.US_ASCII)).isEqualTo("FBS 001.001\n");
        assertThat(new String(file, 16, 12, StandardCharsets.US_ASCII)).isEqualTo("RFB 003.003\n");
        assertThat(ByteBuffer.wrap(file).getInt(file.length - 4))
                .isEqualTo((int) stopped.path("milliseconds").asLong());
        Path folder = appliance.state.resolve("recordings");
        try (var files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile))
                    .allSatisfy(path -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                            .isEqualTo("rw-------"));
        }
        assertThat(appliance.send("alice", "DELETE", one, null).status()).isEqualTo(204);
        assertThat(appliance.get("alice", one).code()).isEqualTo("recording-not-found");
        await(() -> audit("screen-film").contains("recording-ended"));
        assertThat(audit("screen-film")).contains("recording-started", "recording-downloaded", "recording-deleted");
    }

    @Test
    void vnc_viewer_logs_in_with_the_name_of_the_vm_over_tls() throws IOException {
        enrolled("screen-vnc");

        assertThat(login("screen-vnc", RunningAppliance.PASSWORD)).isZero();
        assertThat(login("screen-vnc", "wrong")).isEqualTo(1);
        assertThat(login("no-such-vm", RunningAppliance.PASSWORD)).isEqualTo(1);
        await(() -> audit("screen-vnc").contains("VNC from 127.0.0.1"));
        assertThat(appliance
                        .get("alice", "/api/v1/session")
                        .json()
                        .path("vncPort")
                        .asInt())
                .isEqualTo(appliance.bean(VncService.class).port().orElseThrow());
    }

    @Test
    void screens_are_metered() {
        enrolled("screen-metered");

        await(() -> metrics().contains("umbra_screen_keys_total{host=\"fake\""));
        assertThat(metrics())
                .contains(
                        "umbra_screen_sessions",
                        "umbra_vnc_connections",
                        "umbra_rfb_updates_total{door=\"web\"}",
                        "umbra_rfb_logins_failed_total{door=\"vnc\"}",
                        "umbra_i8042_",
                        "umbra_vga_invalid_accesses_total",
                        "umbra_input_dropped_total",
                        "umbra_recordings")
                .doesNotContain("screen-metered");
    }

    /** VeNCrypt with X509Plain up to the security result. */
    private int login(String vm, String password) throws IOException {
        int port = appliance.bean(VncService.class).port().orElseThrow();
        try (Socket plain = new Socket("127.0.0.1", port)) {
            plain.setSoTimeout(20_000);
            DataInputStream in = new DataInputStream(plain.getInputStream());
            DataOutputStream out = new DataOutputStream(plain.getOutputStream());
            in.readNBytes(12);
            out.write("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(in.readNBytes(in.readUnsignedByte())).containsExactly(19);
            out.writeByte(19);
            in.readNBytes(2);
            out.writeShort(2);
            in.readByte();
            in.readNBytes(4 * in.readUnsignedByte());
            out.writeInt(262);
            in.readByte();
            SSLSocket secured =
                    (SSLSocket) appliance.tls.getSocketFactory().createSocket(plain, "localhost", port, true);
            in = new DataInputStream(secured.getInputStream());
            out = new DataOutputStream(secured.getOutputStream());
            out.writeInt(vm.length());
            out.writeInt(password.length());
            out.writeBytes(vm + password);
            out.flush();
            int result = in.readInt();
            if (result == 0) {
                out.writeByte(1);
                out.flush();
                in.readUnsignedShort();
            }
            return result;
        }
    }

    private FakeTenantVm enrolled(String name) {
        FakeTenantVm vm = appliance.hypervisor.addTenantVm();
        RunningAppliance.enrol(vm, appliance.createVm("alice", name));
        return vm;
    }

    private void existing(String name) {
        if (appliance.get("alice", "/api/v1/vms/" + name).status() != 200) {
            enrolled(name);
        }
    }

    private String path(String vm, String body) {
        Answer answer = appliance.post("alice", "/api/v1/vms/" + vm + "/console-tickets", body);
        assertThat(answer.status()).isEqualTo(201);
        return answer.json().path("path").asString();
    }

    private int refusal(String path, String origin) {
        CompletableFuture<Integer> status = new CompletableFuture<>();
        assertThatThrownBy(() -> ScreenClient.connect(appliance, path, origin))
                .isInstanceOfSatisfying(
                        CompletionException.class,
                        failure -> status.complete(((WebSocketHandshakeException) failure.getCause())
                                .getResponse()
                                .statusCode()));
        return status.join();
    }

    private String audit(String vm) {
        return appliance.get("alice", "/api/v1/audit?vm=" + vm).json().toString();
    }

    private String metrics() {
        return new String(
                appliance
                        .get("administrator", "/actuator/prometheus")
                        .response()
                        .body(),
                StandardCharsets.UTF_8);
    }

    private static int read(FakeTenantVm vm, int port) {
        int latched = vm.latched(port);
        return latched >= 0
                ? latched
                : vm.read(0, port).orTimeout(10, TimeUnit.SECONDS).join() & 0xff;
    }
}
