// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.appliance.certificate.CertificateProperties;
import dev.umbra.appliance.certificate.CertificateStore;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyslogSinksTest {
    @TempDir
    Path directory;

    @Test
    void datagram_holds_one_message() throws Exception {
        try (DatagramSocket receiver = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            receiver.setSoTimeout(20_000);
            SyslogUdp sink = new SyslogUdp(
                    InetAddress.getLoopbackAddress().getHostAddress(), receiver.getLocalPort(), 13, "here");
            sink.deliver(TestEvents.event("k"), "{}");
            sink.close();

            DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
            receiver.receive(packet);
            assertThat(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII))
                    .isEqualTo(SyslogMessage.of(TestEvents.event("k"), "{}", 13, "here"));
        }
    }

    @Test
    void messages_over_tls_have_their_length_before_them_and_a_broken_connection_is_made_anew() throws Exception {
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        SSLContext server = server();
        try (SSLServerSocket listening = (SSLServerSocket)
                server.getServerSocketFactory().createServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> receiveOnePerConnection(listening, received));
            SyslogTls sink = new SyslogTls(
                    "localhost",
                    listening.getLocalPort(),
                    13,
                    "here",
                    Duration.ofSeconds(20),
                    EventConfiguration.trust(directory.resolve("authority.pem")).orElseThrow());

            sink.deliver(TestEvents.event("first"), "{}");
            String first = received.poll(20, TimeUnit.SECONDS);
            sink.deliver(TestEvents.event("second"), "{}");
            String second = received.poll(20, TimeUnit.SECONDS);
            sink.close();

            assertThat(first).isEqualTo(SyslogMessage.of(TestEvents.event("first"), "{}", 13, "here"));
            assertThat(second).isEqualTo(SyslogMessage.of(TestEvents.event("second"), "{}", 13, "here"));
        }
    }

    @Test
    void receiver_with_another_name_or_of_another_authority_gets_nothing() throws Exception {
        SSLContext server = server();
        InetAddress unnamed = InetAddress.getByName("127.0.0.2");
        SSLContext own =
                EventConfiguration.trust(directory.resolve("authority.pem")).orElseThrow();
        try (SSLServerSocket listening =
                (SSLServerSocket) server.getServerSocketFactory().createServerSocket(0, 5, unnamed)) {
            BlockingQueue<String> received = new LinkedBlockingQueue<>();
            Thread.ofVirtual().start(() -> receiveOnePerConnection(listening, received));
            for (SSLContext trust : new SSLContext[] {own, SSLContext.getDefault()}) {
                SyslogTls sink = new SyslogTls(
                        unnamed.getHostAddress(), listening.getLocalPort(), 13, "here", Duration.ofSeconds(20), trust);

                assertThatThrownBy(() -> sink.deliver(TestEvents.event("k"), "{}"))
                        .isInstanceOf(IOException.class);
            }
            assertThat(received).isEmpty();
        }
    }

    /** A server whose certificate names localhost and its usual addresses. */
    private SSLContext server() throws GeneralSecurityException, IOException {
        CertificateStore.ServerIdentity identity = new CertificateStore(
                        directory,
                        new CertificateProperties(
                                List.of(),
                                Duration.ofDays(365),
                                Duration.ofDays(90),
                                Duration.ofDays(30),
                                Duration.ofHours(1)),
                        InstantSource.system())
                .serverIdentity();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("server", identity.key(), new char[0], identity.chain().toArray(X509Certificate[]::new));
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private static void receiveOnePerConnection(SSLServerSocket listening, BlockingQueue<String> received) {
        while (!listening.isClosed()) {
            try {
                received.add(receiveOne(listening));
            } catch (IOException refusedOrClosed) {
                // The test looks at what arrived.
            }
        }
    }

    private static String receiveOne(SSLServerSocket listening) throws IOException {
        try (SSLSocket connection = (SSLSocket) listening.accept()) {
            DataInputStream input = new DataInputStream(connection.getInputStream());
            StringBuilder length = new StringBuilder();
            for (int next = input.readByte(); next != ' '; next = input.readByte()) {
                length.append((char) next);
            }
            byte[] message = new byte[Integer.parseInt(length.toString())];
            input.readFully(message);
            return new String(message, StandardCharsets.US_ASCII);
        }
    }
}
