// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.remoteconsole.rfb.encoding.Encodings;
import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;
import dev.umbra.remoteconsole.serial.FakeDevice;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RfbServerTest {
    private final Machine machine = new Machine(320, 200);
    private final TestCertificates certificates = new TestCertificates();
    private volatile SSLContext served = certificates.server("first");
    private RfbServer server;

    @BeforeEach
    void start() throws IOException {
        start(defaults(Optional.empty(), 256));
    }

    @AfterEach
    void close() {
        server.close();
        machine.close();
    }

    @Test
    void test_password_opens_the_console() throws Exception {
        try (Connection connection = connect()) {
            SSLSocket secured = connection.choose(TcpSecurity.X509_PLAIN, certificates.client(false));
            RfbClient client = login(secured, "vm-1", "secret");
            client.initialise(Encodings.ZRLE);
            client.request(false);
            client.awaitUpdate();
            assertThat(client.name).isEqualTo("vm-1");
        }
    }

    @Test
    void test_view_only_name_cannot_type() throws Exception {
        try (Connection connection = connect()) {
            SSLSocket secured = connection.choose(TcpSecurity.X509_PLAIN, certificates.client(false));
            RfbClient client = login(secured, "vm-1+view", "secret");
            client.initialise(Encodings.RAW);
            assertThat(client.name).contains("view only");
        }
    }

    @Test
    void test_wrong_password_and_unknown_machine_look_the_same_and_are_throttled() throws Exception {
        for (String user : List.of("vm-1", "vm-2", "vm-1", "vm-1")) {
            try (Connection connection = connect()) {
                SSLSocket secured = connection.choose(TcpSecurity.X509_PLAIN, certificates.client(false));
                assertThatThrownBy(() -> login(secured, user, "wrong")).hasMessage("refused: not permitted");
            }
        }
        FakeDevice.await("the throttle", () -> server.counters().loginsThrottled() == 1);
        FakeDevice.await("the failures", () -> server.counters().sessions().loginsFailed() == 4);
    }

    @Test
    void test_client_certificate_opens_the_console() throws Exception {
        try (Connection connection = connect()) {
            SSLSocket secured = connection.choose(TcpSecurity.X509_NONE, certificates.client(true));
            RfbClient client = result(secured);
            client.initialise(Encodings.RAW);
            assertThat(client.name).isEqualTo("vm-1");
        }
    }

    @Test
    void test_certificates_are_not_asked_for_unless_configured() throws Exception {
        server.close();
        start(defaults(Optional.empty(), 4, false));
        try (Connection connection = connect()) {
            assertThatThrownBy(() -> connection.choose(TcpSecurity.X509_NONE, certificates.client(true)))
                    .hasMessage("subtype refused");
        }
    }

    @Test
    void test_no_certificate_ends_the_connection() throws Exception {
        try (Connection connection = connect()) {
            assertThatThrownBy(() -> result(connection.choose(TcpSecurity.X509_NONE, certificates.client(false))))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void test_new_certificate_serves_new_connections_and_old_ones_go_on() throws Exception {
        try (Connection connection = connect();
                Connection later = connect()) {
            SSLSocket old = connection.choose(TcpSecurity.X509_PLAIN, certificates.client(false));
            RfbClient client = login(old, "vm-1", "secret");
            client.initialise(Encodings.RAW);
            served = certificates.server("second");
            SSLSocket renewed = later.choose(TcpSecurity.X509_PLAIN, certificates.client(false));
            assertThat(subject(old)).isEqualTo("CN=first");
            assertThat(subject(renewed)).isEqualTo("CN=second");
            client.request(false);
            client.awaitUpdate();
        }
    }

    @Test
    void test_bytes_before_tls_are_refused() throws Exception {
        try (Connection connection = connect()) {
            connection.out.write(new byte[] {19, 0, 2, 0, 0, 1, 6, 'x'});
            connection.out.flush();
            assertThat(connection.in.readAllBytes()).endsWith(0, 0, 1, 6, 0, 0, 1, 4);
            assertThat(server.counters().sessions().protocolErrors()).isEqualTo(1);
        }
    }

    @Test
    void test_vnc_auth_is_offered_only_when_configured() throws Exception {
        try (Connection connection = connect()) {
            assertThat(connection.types).containsExactly(19);
        }
        server.close();
        start(defaults(Optional.of("vm-1"), 256));
        try (Connection connection = connect()) {
            assertThat(connection.types).containsExactly(19, 2);
            connection.out.write(2);
            byte[] key = new byte[8];
            byte[] password = "secret".getBytes(StandardCharsets.ISO_8859_1);
            for (int index = 0; index < password.length; index++) {
                key[index] = (byte) (Integer.reverse(password[index]) >>> 24);
            }
            Cipher cipher = Cipher.getInstance("DES/ECB/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "DES"));
            connection.out.write(cipher.doFinal(connection.in.readNBytes(16)));
            RfbClient client = result(connection.socket);
            client.initialise(Encodings.HEXTILE);
            client.request(false);
            client.awaitUpdate();
        }
    }

    @Test
    void test_too_many_connections_are_refused() throws Exception {
        server.close();
        start(defaults(Optional.empty(), 1));
        try (Connection first = connect()) {
            assertThat(first.types).containsExactly(19);
            assertThatThrownBy(this::connect).isInstanceOf(IOException.class);
            assertThat(server.counters().connectionsRefused()).isEqualTo(1);
        }
    }

    private static RfbServerConfig defaults(Optional<String> vncAuthVm, int connections) {
        return defaults(vncAuthVm, connections, true);
    }

    private static RfbServerConfig defaults(Optional<String> vncAuthVm, int connections, boolean certificates) {
        return new RfbServerConfig(
                "127.0.0.1",
                0,
                RfbSessionConfig.defaults(),
                vncAuthVm,
                certificates,
                connections,
                16,
                3,
                50,
                Duration.ofMinutes(1),
                64 << 10);
    }

    private void start(RfbServerConfig config) throws IOException {
        server = new RfbServer(config, new Access(), () -> served);
        server.start();
    }

    private Connection connect() throws IOException {
        return new Connection(new Socket("127.0.0.1", server.port()));
    }

    private static String subject(SSLSocket socket) throws IOException {
        return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                .getSubjectX500Principal()
                .getName();
    }

    private static RfbClient login(SSLSocket socket, String user, String password) throws IOException {
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeInt(user.length());
        out.writeInt(password.length());
        out.writeBytes(user);
        out.writeBytes(password);
        out.flush();
        return result(socket);
    }

    private static RfbClient result(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        if (in.readInt() != 0) {
            throw new IOException("refused: " + new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8));
        }
        return new RfbClient(socket.getInputStream(), socket.getOutputStream(), PixelFormat.NATIVE);
    }

    private final class Access implements RfbAccess {
        @Override
        public Optional<RfbGrant> byPassword(String vmName, char[] password, SocketAddress from) {
            boolean good = vmName.equals("vm-1") && Arrays.equals(password, "secret".toCharArray());
            return good ? Optional.of(machine.grant()) : Optional.empty();
        }

        @Override
        public Optional<RfbGrant> byCertificate(
                Optional<String> serverName, List<X509Certificate> chain, SocketAddress from) {
            boolean good = chain.getFirst().getSubjectX500Principal().getName().equals("CN=vm-1");
            return good ? Optional.of(machine.grant()) : Optional.empty();
        }

        @Override
        public Optional<RfbGrant> byChallenge(String vmName, VncChallenge challenge, SocketAddress from) {
            boolean good = vmName.equals("vm-1") && challenge.isAnsweredWith("secret".toCharArray());
            return good ? Optional.of(machine.grant()) : Optional.empty();
        }
    }

    /** A connection up to the offer of security types. */
    private static final class Connection implements AutoCloseable {
        private final Socket socket;
        private final DataInputStream in;
        private final DataOutputStream out;
        private final byte[] types;

        Connection(Socket socket) throws IOException {
            this.socket = socket;
            socket.setSoTimeout(20_000);
            in = new DataInputStream(socket.getInputStream());
            out = new DataOutputStream(socket.getOutputStream());
            in.readFully(new byte[12]);
            out.writeBytes("RFB 003.008\n");
            types = in.readNBytes(in.readUnsignedByte());
        }

        SSLSocket choose(int subtype, SSLContext context) throws IOException {
            out.write(19);
            in.readUnsignedShort();
            out.writeShort(2);
            in.readUnsignedByte();
            in.readNBytes(Integer.BYTES * in.readUnsignedByte());
            out.writeInt(subtype);
            if (in.readUnsignedByte() != 1) {
                throw new IOException("subtype refused");
            }
            SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(socket, "localhost", 0, true);
            secured.startHandshake();
            return secured;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
