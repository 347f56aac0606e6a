// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

import static dev.umbra.remoteconsole.serial.FakeDevice.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.remoteconsole.access.ConsoleGrant;
import dev.umbra.remoteconsole.serial.FakeDevice;
import dev.umbra.remoteconsole.serial.SerialConsoleConfig;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelShell;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.common.util.buffer.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a stock client does not do by itself: requests packed closely, many connections, silence. */
@Timeout(60)
class SerialSshProtocolTest {
    private static final int STRANGERS = 3;

    @TempDir
    private Path folder;

    private final FakeDevice device = new FakeDevice(SerialConsoleConfig.defaults());
    private final FakeAccess access = new FakeAccess();
    private final SshClient client = SshClient.setUpDefaultClient();
    private SerialSshServer server;

    @BeforeEach
    void start() throws Exception {
        access.add(new ConsoleGrant("alice", "web", device.console(), true));
        SerialSshServerConfig usual = SerialSshServerConfig.defaults(0, folder.resolve("host-key"));
        server = new SerialSshServer(
                new SerialSshServerConfig(
                        "127.0.0.1",
                        0,
                        usual.hostKeyFile(),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(3),
                        Duration.ofMillis(200),
                        Duration.ofMillis(500),
                        usual.inputPatience(),
                        16,
                        STRANGERS,
                        4,
                        4,
                        usual.failureWindow()),
                access);
        server.start();
        client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        client.start();
    }

    @AfterEach
    void stop() throws Exception {
        client.stop();
        server.close();
        device.close();
    }

    @Test
    void test_breaks_packed_between_characters_keep_their_place() throws Exception {
        try (ClientSession session = login();
                ChannelShell shell = session.createShellChannel()) {
            shell.open().verify(Duration.ofSeconds(5));
            OutputStream input = shell.getInvertedIn();
            StringBuilder expected = new StringBuilder();
            for (int round = 0; round < 10; round++) {
                input.write('a' + round);
                input.flush();
                requestBreak(shell);
                expected.append((char) ('a' + round)).append("<BREAK>");
            }
            input.write('!');
            input.flush();

            await("input", () -> device.log().equals(expected + "!"));
        }
    }

    @Test
    void test_several_shells_on_one_connection() throws Exception {
        try (ClientSession session = login();
                ChannelShell first = session.createShellChannel();
                ChannelShell second = session.createShellChannel()) {
            ByteArrayOutputStream output = new ByteArrayOutputStream();
            second.setOut(output);
            first.open().verify(Duration.ofSeconds(5));
            second.open().verify(Duration.ofSeconds(5));
            await("both", () -> device.console().counters().sessionsNow() == 2);

            device.send("hello".getBytes(StandardCharsets.ISO_8859_1));

            await("output", () -> output.size() == 5);
        }
        await("the end of both", () -> device.console().counters().sessionsNow() == 0);
    }

    @Test
    void test_session_without_a_keystroke_is_closed_when_configured() throws Exception {
        try (ClientSession session = login();
                ChannelShell shell = session.createShellChannel()) {
            shell.open().verify(Duration.ofSeconds(5));

            await("the end", () -> !shell.isOpen());
        }
    }

    @Test
    void test_old_algorithms_are_not_spoken() throws Exception {
        client.setSignatureFactories(List.of(BuiltinSignatures.rsa));

        assertThatThrownBy(this::login).isInstanceOf(SshException.class);
    }

    @Test
    void test_strangers_are_few_and_have_little_time() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        for (int index = 0; index < STRANGERS + 3; index++) {
            sockets.add(new Socket("127.0.0.1", server.port()));
        }

        await("refusals", () -> server.counters().connectionsRefused() == 3);
        assertThat(server.counters().connections()).isLessThanOrEqualTo(STRANGERS);
        await("their end", () -> server.counters().connections() == 0);
        for (Socket socket : sockets) {
            socket.close();
        }
        login().close();
    }

    private ClientSession login() throws Exception {
        ClientSession session = client.connect("web", "127.0.0.1", server.port())
                .verify(Duration.ofSeconds(5))
                .getClientSession();
        session.addPasswordIdentity(FakeAccess.PASSWORD);
        session.auth().verify(Duration.ofSeconds(5));
        return session;
    }

    private static void requestBreak(ChannelShell shell) throws Exception {
        Buffer request = shell.getSession().createBuffer(SshConstants.SSH_MSG_CHANNEL_REQUEST);
        request.putUInt(shell.getRecipient());
        request.putString("break");
        request.putBoolean(false);
        request.putUInt(500);
        shell.writePacket(request);
    }
}
