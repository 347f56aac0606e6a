// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

import static dev.umbra.remoteconsole.serial.FakeDevice.await;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.umbra.remoteconsole.access.ConsoleGrant;
import dev.umbra.remoteconsole.serial.FakeDevice;
import dev.umbra.remoteconsole.serial.SerialAttachment;
import dev.umbra.remoteconsole.serial.SerialConsoleConfig;
import dev.umbra.remoteconsole.serial.SerialRole;
import dev.umbra.remoteconsole.serial.SerialSession;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Random;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server as the stock OpenSSH client sees it. */
@Timeout(60)
class SerialSshServerTest {
    @TempDir
    private Path folder;

    private final FakeDevice device = new FakeDevice(SerialConsoleConfig.defaults());
    private final FakeDevice other = new FakeDevice(SerialConsoleConfig.defaults());
    private final FakeAccess access = new FakeAccess();
    private SerialSshServer server;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(OpenSshClient.isInstalled(), "no OpenSSH client");
        access.add(new ConsoleGrant("alice", "web", device.console(), true));
        access.add(new ConsoleGrant("alice", "read-only", other.console(), false));
        server = new SerialSshServer(config(), access);
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
        device.close();
        other.close();
    }

    @Test
    void test_much_output_and_much_input_byte_exact() throws Exception {
        byte[] out = random(1 << 20);
        byte[] in = random(64 << 10);
        try (OpenSshClient client = open("web")) {
            await("the session", () -> device.console().counters().sessionsNow() == 1);
            device.send(out);
            client.input().write(in);
            client.input().flush();

            await("all output", () -> client.output().length == out.length);
            await("all input", () -> device.received().length == in.length);
            assertThat(client.output()).isEqualTo(out);
            assertThat(device.received()).isEqualTo(in);
        }
        await("the end of the session", () -> device.console().counters().sessionsNow() == 0);
    }

    @Test
    void test_pseudo_terminal_makes_no_difference_to_the_bytes() throws Exception {
        byte[] out = random(100_000);
        try (OpenSshClient client = open("web", "-tt", "-e", "none")) {
            await("the session", () -> device.console().counters().sessionsNow() == 1);
            device.send(out);
            client.input().write("\r\n\t\003\177".getBytes(ISO_8859_1));
            client.input().flush();

            await("all output", () -> client.output().length == out.length);
            assertThat(client.output()).isEqualTo(out);
            await("all input", () -> device.log().equals("\r\n\t\003\177"));
        }
    }

    @Test
    void test_notices_go_to_standard_error_only() throws Exception {
        try (OpenSshClient client = open("web")) {
            await("the notice", () -> client.errors().contains("you are the writer"));
            try (OpenSshClient second = open("web")) {
                await("the take-over", () -> client.errors().contains("taken over by SSH from 127.0.0.1"));
                second.input().write('x');
                second.input().flush();
                await("input", () -> device.log().equals("x"));
            }
            assertThat(client.output()).isEmpty();
        }
    }

    @Test
    void test_view_suffix_makes_a_viewer_that_cannot_type() throws Exception {
        try (OpenSshClient writer = open("web");
                OpenSshClient viewer = open("web+view")) {
            await("both", () -> device.console().counters().sessionsNow() == 2);
            viewer.input().write("ignored".getBytes(ISO_8859_1));
            viewer.input().flush();
            await("the refusal", () -> device.console().counters().inputRefused() == 7);
            writer.input().write("typed".getBytes(ISO_8859_1));
            writer.input().flush();
            device.send("both see this".getBytes(ISO_8859_1));

            await("input", () -> device.log().equals("typed"));
            await("viewer's output", () -> viewer.output().length == 13);
            await("writer's output", () -> writer.output().length == 13);
            assertThat(viewer.errors()).contains("you are a viewer");
        }
    }

    @Test
    void test_grant_without_the_right_to_write_makes_a_viewer() throws Exception {
        try (OpenSshClient client = open("read-only")) {
            await("the notice", () -> client.errors().contains("you are a viewer"));
        }
    }

    @Test
    void test_break_request_keeps_its_place() throws Exception {
        try (OpenSshClient client = open("web", "-tt", "-e", "~")) {
            await("the session", () -> device.console().counters().sessionsNow() == 1);
            OutputStream input = client.input();
            input.write("before\r".getBytes(ISO_8859_1));
            input.flush();
            await("input", () -> device.log().equals("before\r"));
            input.write("~Bh".getBytes(ISO_8859_1));
            input.flush();

            await("break and key", () -> device.log().equals("before\r<BREAK>h"));
        }
    }

    @Test
    void test_slow_viewer_does_not_slow_the_writer() throws Exception {
        SerialSession slow = device.console().attach(SerialAttachment.viewer("slow"));
        byte[] out = random(4 << 20);
        try (OpenSshClient client = open("web")) {
            await("the session", () -> device.console().counters().sessionsNow() == 2);
            device.send(out);

            await("all output", () -> client.output().length == out.length);
            assertThat(client.output()).isEqualTo(out);
            assertThat(slow.position()).isZero();
        }
    }

    @Test
    void test_end_of_input_keeps_the_output_until_it_is_quiet() throws Exception {
        device.setEchoing(true);
        try (OpenSshClient client = open("web")) {
            client.input().write("echo".getBytes(ISO_8859_1));
            client.input().close();

            assertThat(client.waitFor()).isZero();
            assertThat(client.output()).isEqualTo("echo".getBytes(ISO_8859_1));
        }
    }

    @Test
    void test_wrong_password_is_refused() throws Exception {
        try (OpenSshClient client = new OpenSshClient(folder, server.port(), "web", "wrong")) {
            assertThat(client.waitFor()).isEqualTo(255);
            assertThat(client.errors()).contains("Permission denied");
        }
        assertThat(server.counters().loginsFailed()).isOne();
    }

    @Test
    void test_unknown_machine_is_refused_like_a_wrong_password() throws Exception {
        try (OpenSshClient client = open("nobody")) {
            assertThat(client.waitFor()).isEqualTo(255);
            assertThat(client.errors()).contains("Permission denied");
        }
    }

    @Test
    void test_guessing_is_slowed_down_and_the_right_password_has_to_wait_too() throws Exception {
        for (int attempt = 0; attempt < config().failuresPerAddress(); attempt++) {
            try (OpenSshClient client = new OpenSshClient(folder, server.port(), "web", "wrong")) {
                client.waitFor();
            }
        }
        int asked = access.passwordsAsked.get();
        try (OpenSshClient client = open("web")) {
            assertThat(client.waitFor()).isEqualTo(255);
        }
        assertThat(access.passwordsAsked).hasValue(asked);
        assertThat(server.counters().loginsThrottled()).isPositive();
    }

    @Test
    void test_public_key_opens_its_own_machine_only() throws Exception {
        KeyPair key = SecurityUtils.getKeyPairGenerator(SecurityUtils.ED25519).generateKeyPair();
        Path file = folder.resolve("id");
        try (OutputStream output = Files.newOutputStream(file)) {
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "test", null, output);
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        access.addKey(key.getPublic(), "web");

        try (OpenSshClient client = open("web", "-i", file.toString(), "-o", "PreferredAuthentications=publickey")) {
            await("the session", () -> client.errors().contains("you are the writer"));
        }
        try (OpenSshClient client =
                open("read-only", "-i", file.toString(), "-o", "PreferredAuthentications=publickey")) {
            assertThat(client.waitFor()).isEqualTo(255);
        }
        assertThat(access.passwordsAsked).hasValue(0);
    }

    @Test
    void test_nothing_but_a_shell_can_be_had() throws Exception {
        try (OpenSshClient command =
                new OpenSshClient(folder, server.port(), "web", FakeAccess.PASSWORD, "-o", "RemoteCommand=id")) {
            assertThat(command.waitFor()).isNotZero();
        }
        try (OpenSshClient subsystem = new OpenSshClient(
                folder, server.port(), "web", FakeAccess.PASSWORD, "-o", "RemoteCommand=sftp", "-s")) {
            assertThat(subsystem.waitFor()).isNotZero();
        }
        try (OpenSshClient forwarding =
                open("web", "-o", "ExitOnForwardFailure=yes", "-R", "127.0.0.1:0:127.0.0.1:1")) {
            assertThat(forwarding.waitFor()).isNotZero();
        }
        assertThat(device.console().counters().sessionsOpened()).isZero();
    }

    @Test
    void test_host_key_is_kept_and_private() throws Exception {
        String before = server.hostKeyFingerprint();
        Path file = config().hostKeyFile();
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));

        server.close();
        server = new SerialSshServer(config(), access);
        server.start();

        assertThat(server.hostKeyFingerprint()).isEqualTo(before);
    }

    @Test
    void test_closed_console_ends_the_session() throws Exception {
        try (OpenSshClient client = open("web")) {
            await("the session", () -> device.console().counters().sessionsNow() == 1);

            device.console().close();

            client.waitFor();
            assertThat(client.errors()).contains("the console is closed");
        }
    }

    @Test
    void test_two_machines_do_not_share_a_byte() throws Exception {
        access.add(new ConsoleGrant("bob", "db", other.console(), true));
        try (OpenSshClient web = open("web");
                OpenSshClient db = open("db")) {
            await("both", () -> web.errors().contains("writer") && db.errors().contains("writer"));
            device.send("from web".getBytes(ISO_8859_1));
            other.send("from db".getBytes(ISO_8859_1));

            await("web", () -> new String(web.output(), ISO_8859_1).equals("from web"));
            await("db", () -> new String(db.output(), ISO_8859_1).equals("from db"));
        }
    }

    @Test
    void test_writer_role_is_free_after_the_client_is_gone() throws Exception {
        OpenSshClient client = open("web");
        await("the session", () -> device.console().counters().sessionsNow() == 1);
        client.close();

        await("the end", () -> device.console().counters().sessionsNow() == 0);
        try (SerialSession next = device.console().attach(SerialAttachment.writer("next"))) {
            assertThat(next.role()).isEqualTo(SerialRole.WRITER);
        }
        assertThat(device.console().counters().takeOvers()).isZero();
    }

    private OpenSshClient open(String user, String... options) throws Exception {
        return new OpenSshClient(folder, server.port(), user, FakeAccess.PASSWORD, options);
    }

    private SerialSshServerConfig config() {
        SerialSshServerConfig usual = SerialSshServerConfig.defaults(0, folder.resolve("host-key"));
        return new SerialSshServerConfig(
                "127.0.0.1",
                0,
                usual.hostKeyFile(),
                usual.loginTimeout(),
                usual.idleTimeout(),
                Duration.ofSeconds(1),
                Duration.ofMillis(500),
                usual.inputPatience(),
                16,
                8,
                4,
                50,
                usual.failureWindow());
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
