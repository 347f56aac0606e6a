// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import static dev.umbra.appliance.console.ScreenClient.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.appliance.ClientCertificates;
import dev.umbra.appliance.RunningAppliance;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.Test;

/** VeNCrypt with X509None: a certificate in place of user name and password. */
class VncCertificateTest {
    private static final int X509_NONE = 260;
    private static final int DENIED = 1;

    private final RunningAppliance appliance = RunningAppliance.get();

    @Test
    void certificate_opens_the_machine_of_its_account_that_the_server_name_says() throws IOException {
        enrolled("alice", "certified");
        enrolled("alice", "certified-too");

        assertThat(login(client("CN=alice,O=Tenants"), "certified-too.console.example"))
                .isEqualTo("certified-too");
        assertThat(login(client("CN=alice"), "certified")).isEqualTo("certified");
        await(() -> appliance.get("alice", "/api/v1/audit").json().toString().contains("over VNC by certificate"));
    }

    @Test
    void certificate_without_a_server_name_opens_the_only_machine() throws IOException {
        enrolled("carol", "certified-carol");

        assertThat(login(client("CN=carol"), "appliance.example")).isEqualTo("certified-carol");
    }

    @Test
    void certificate_opens_nothing_of_others() throws IOException {
        enrolled("alice", "certified-alone");

        assertThat(login(client("CN=bob"), "certified-alone")).isNull();
        assertThat(login(client("CN=operator"), "certified-alone")).isNull();
        assertThat(login(client("CN=nobody"), "certified-alone")).isNull();
        assertThat(login(client("CN=alice+CN=bob"), "certified-alone")).isNull();
        assertThat(login(client("O=alice"), "certified-alone")).isNull();
    }

    @Test
    void certificate_of_a_stranger_outdated_or_for_servers_ends_the_handshake() {
        ClientCertificates strangers = new ClientCertificates();
        Instant yesterday = Instant.now().minusSeconds(86_400);

        for (SSLContext refused : List.of(
                strangers.client("CN=alice", Instant.now(), KeyPurposeId.id_kp_clientAuth, appliance.trusted),
                appliance.clients.client("CN=alice", yesterday, KeyPurposeId.id_kp_clientAuth, appliance.trusted),
                appliance.clients.client("CN=alice", Instant.now(), KeyPurposeId.id_kp_serverAuth, appliance.trusted),
                appliance.tls)) {
            assertThatThrownBy(() -> login(refused, "certified")).isInstanceOf(IOException.class);
        }
    }

    private SSLContext client(String subject) {
        return appliance.clients.client(subject, Instant.now(), KeyPurposeId.id_kp_clientAuth, appliance.trusted);
    }

    private void enrolled(String tenant, String name) {
        RunningAppliance.enrol(appliance.hypervisor.addTenantVm(), appliance.createVm(tenant, name));
    }

    /** The name of the desktop, or null if the login is denied. */
    private String login(SSLContext context, String serverName) throws IOException {
        int port = appliance.bean(VncService.class).port().orElseThrow();
        try (Socket plain = new Socket("127.0.0.1", port)) {
            plain.setSoTimeout(20_000);
            DataInputStream in = new DataInputStream(plain.getInputStream());
            DataOutputStream out = new DataOutputStream(plain.getOutputStream());
            in.readNBytes(12);
            out.write("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
            in.readNBytes(in.readUnsignedByte());
            out.writeByte(19);
            in.readNBytes(2);
            out.writeShort(2);
            in.readByte();
            in.readNBytes(4 * in.readUnsignedByte());
            out.writeInt(X509_NONE);
            assertThat(in.readUnsignedByte()).isOne();
            SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", port, true);
            SSLParameters parameters = secured.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(serverName)));
            secured.setSSLParameters(parameters);
            in = new DataInputStream(secured.getInputStream());
            if (in.readInt() == DENIED) {
                return null;
            }
            secured.getOutputStream().write(1);
            in.readNBytes(20);
            return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
        }
    }
}
