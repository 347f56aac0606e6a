// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateStoreTest {
    @TempDir
    private Path folder;

    private Path directory;
    private Instant now = Instant.parse("2026-03-01T12:00:00Z");

    @BeforeEach
    void choose_a_folder_that_does_not_exist_yet() {
        directory = folder.resolve("certificates");
    }

    @Test
    void first_start_makes_an_authority_and_a_server_certificate() throws Exception {
        CertificateStore.ServerIdentity identity = store().serverIdentity();

        X509Certificate server = identity.certificate();
        X509Certificate authority = identity.chain().get(1);
        server.verify(authority.getPublicKey());
        authority.verify(authority.getPublicKey());
        assertThat(authority.getBasicConstraints()).isZero();
        assertThat(server.getBasicConstraints()).isEqualTo(-1);
        assertThat(server.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(server.getSubjectAlternativeNames().stream()
                        .map(name -> name.get(1).toString()))
                .containsExactly("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1", "appliance.example", "192.0.2.7");
        assertThat(Duration.between(now, authority.getNotAfter().toInstant())).isEqualTo(Duration.ofDays(3650));
        assertThat(Duration.between(now, server.getNotAfter().toInstant())).isEqualTo(Duration.ofDays(365));
    }

    @Test
    void keys_are_readable_by_their_owner_alone() throws Exception {
        store().serverIdentity();

        for (String key : List.of("authority.key", "server.key")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(key))))
                    .isEqualTo("rw-------");
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
    }

    @Test
    void later_starts_keep_both() {
        X509Certificate first = store().serverIdentity().certificate();

        assertThat(store().serverIdentity().certificate()).isEqualTo(first);
    }

    @Test
    void certificate_near_its_end_is_renewed_by_the_same_authority() {
        CertificateStore.ServerIdentity first = store().serverIdentity();
        now = now.plus(Duration.ofDays(336));

        CertificateStore.ServerIdentity second = store().serverIdentity();

        assertThat(second.certificate()).isNotEqualTo(first.certificate());
        assertThat(second.chain().get(1)).isEqualTo(first.chain().get(1));
        assertThat(second.certificate().getNotAfter().toInstant()).isEqualTo(now.plus(Duration.ofDays(365)));
    }

    @Test
    void server_certificate_never_outlives_its_authority() {
        store().serverIdentity();
        now = now.plus(Duration.ofDays(3600));

        CertificateStore.ServerIdentity last = store().serverIdentity();

        assertThat(last.certificate().getNotAfter())
                .isEqualTo(last.chain().get(1).getNotAfter());
    }

    @Test
    void another_name_in_the_configuration_makes_a_new_certificate() {
        X509Certificate first = store().serverIdentity().certificate();

        assertThat(store("other.example").serverIdentity().certificate()).isNotEqualTo(first);
    }

    @Test
    void damaged_server_key_is_replaced() throws Exception {
        X509Certificate first = store().serverIdentity().certificate();
        Files.writeString(directory.resolve("server.key"), "rubbish");

        assertThat(store().serverIdentity().certificate()).isNotEqualTo(first);
    }

    @Test
    void server_key_of_another_certificate_is_replaced() throws Exception {
        X509Certificate first = store().serverIdentity().certificate();
        Files.copy(
                directory.resolve("authority.key"),
                directory.resolve("server.key"),
                StandardCopyOption.REPLACE_EXISTING);

        assertThat(store().serverIdentity().certificate()).isNotEqualTo(first);
    }

    @Test
    void authority_without_its_key_is_never_replaced_silently() throws Exception {
        store().serverIdentity();
        byte[] before = Files.readAllBytes(directory.resolve("authority.pem"));
        Files.delete(directory.resolve("authority.key"));

        assertThatThrownBy(() -> store().serverIdentity()).isInstanceOf(UncheckedIOException.class);
        assertThat(directory.resolve("authority.pem")).hasBinaryContent(before);
    }

    @Test
    void key_left_by_a_crash_before_the_authority_was_published_is_replaced() throws Exception {
        store().serverIdentity();
        Files.delete(directory.resolve("authority.pem"));

        assertThat(store().serverIdentity().chain()).hasSize(2);
    }

    @Test
    void identity_does_not_show_its_key() {
        CertificateStore.ServerIdentity identity = store().serverIdentity();

        assertThat(identity.toString()).isEqualTo("ServerIdentity[CN=Umbra appliance]");
    }

    private CertificateStore store() {
        return store("appliance.example");
    }

    private CertificateStore store(String name) {
        return new CertificateStore(
                directory,
                new CertificateProperties(
                        List.of(name, "192.0.2.7"),
                        Duration.ofDays(3650),
                        Duration.ofDays(365),
                        Duration.ofDays(30),
                        Duration.ofHours(12)),
                () -> now);
    }
}
