// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.certificate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.appliance.RunningAppliance;
import java.nio.file.Files;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

class RenewalTest {
    private final RunningAppliance appliance = RunningAppliance.get();

    @Test
    void renewed_certificate_is_served_without_a_restart() throws Exception {
        X509Certificate before = served();
        Files.delete(appliance.state.resolve("certificates/server.pem"));

        appliance.bean(CertificateRenewal.class).run();

        X509Certificate after = served();
        assertThat(after.getSerialNumber()).isNotEqualTo(before.getSerialNumber());
        assertThat(after.getIssuerX500Principal()).isEqualTo(before.getIssuerX500Principal());
    }

    private X509Certificate served() throws Exception {
        try (SSLSocket socket = (SSLSocket)
                appliance.client.sslContext().getSocketFactory().createSocket("localhost", appliance.port())) {
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }
}
