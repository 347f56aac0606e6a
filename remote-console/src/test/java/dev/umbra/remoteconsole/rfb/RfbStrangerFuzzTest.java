// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.umbra.remoteconsole.graphical.GraphicalRole;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;

/**
 * Whatever a stranger sends over TCP from the first byte on, alone or after some of what a client that means well would send:
 * he is let in with the password or not at all.
 */
class RfbStrangerFuzzTest {
    private static final String PASSWORD = "right";
    private static final List<byte[]> GREETINGS = List.of(
            "RFB 003.008\n".getBytes(US_ASCII),
            new byte[] {TcpSecurity.VENCRYPT},
            new byte[] {0, 2},
            new byte[] {0, 0, TcpSecurity.X509_PLAIN >> 8, (byte) TcpSecurity.X509_PLAIN},
            Unpooled.buffer(2 * Integer.BYTES + 2 + PASSWORD.length())
                    .writeInt(2)
                    .writeInt(PASSWORD.length())
                    .writeBytes(("vm" + PASSWORD).getBytes(US_ASCII))
                    .array());

    private static final Machine machine = new Machine(64, 32);
    private static final RfbServerConfig config = new RfbServerConfig(
            "127.0.0.1", 0, machine.config, Optional.of("vm"), true, 1, 1, 1 << 20, 1 << 20, Duration.ofMillis(1), 1);

    @FuzzTest(maxDuration = "20s")
    void fuzz_stranger_bytes(FuzzedDataProvider data) throws Exception {
        Connection connection = new Connection();
        SocketAddress from = new InetSocketAddress("127.0.0.1", 5900);
        TcpSecurity security = new TcpSecurity(new RfbLogins(connection, config), config, connection, from);
        RfbSession session =
                new RfbSession(machine.config, connection, machine.counters, security, "fuzz", GraphicalRole.WRITER);
        security.attach(session);
        session.begin();
        int greetings = data.consumeInt(0, GREETINGS.size());
        for (int next = 0; next < greetings; next++) {
            connection.answers.drainPermits();
            session.receive(Unpooled.wrappedBuffer(GREETINGS.get(next)));
            connection.secure();
            assertThat(connection.answers.tryAcquire(1, TimeUnit.MINUTES))
                    .as("answer to greeting %d", next)
                    .isTrue();
        }
        while (data.remainingBytes() > 0) {
            session.receive(Unpooled.wrappedBuffer(data.consumeBytes(data.consumeInt(1, 64))));
            connection.secure();
        }
        session.close();
        assertThat(session.graphical() == null || connection.granted).isTrue();
    }

    /** The transport, TLS that changes nothing, and the one who knows the password. */
    private static final class Connection implements RfbTransport, TcpSecurity.TlsStarter, RfbAccess {
        private static final SSLSession ANONYMOUS = anonymous();

        final Semaphore answers = new Semaphore(0);
        volatile boolean granted;
        private Consumer<SSLSession> secured;

        private static SSLSession anonymous() {
            try {
                return SSLContext.getDefault().createSSLEngine().getSession();
            } catch (NoSuchAlgorithmException missing) {
                throw new IllegalStateException(missing);
            }
        }

        /** TLS begins between two reads of the connection. */
        void secure() {
            Consumer<SSLSession> done = secured;
            secured = null;
            if (done != null) {
                done.accept(ANONYMOUS);
            }
        }

        @Override
        public void startTls(boolean clientCertificateNeeded, Consumer<SSLSession> done) {
            secured = done;
        }

        @Override
        public void send(ByteBuf bytes) {
            bytes.release();
            answers.release();
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void close() {}

        @Override
        public Optional<RfbGrant> byPassword(String vmName, char[] password, SocketAddress from) {
            if (!vmName.equals("vm") || !Arrays.equals(password, PASSWORD.toCharArray())) {
                return Optional.empty();
            }
            granted = true;
            return Optional.of(machine.grant());
        }

        @Override
        public Optional<RfbGrant> byCertificate(
                Optional<String> serverName, List<X509Certificate> chain, SocketAddress from) {
            return Optional.empty();
        }
    }
}
