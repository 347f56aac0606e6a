// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.certificate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Whose certificates of clients are believed: those that one of the given authorities has signed, that are valid now, and that may
 * be used by clients (RFC 5280, sections 6 and 4.2.1.12). There is no revocation; who has to be shut out is taken from the
 * accounts, or the authority is exchanged.
 *
 * <p>A session that is resumed would show the certificate and the server name of an earlier handshake, checked then. So each context
 * serves one handshake, and nothing can be resumed with another.
 */
public final class ClientAuthority {
    private ClientAuthority() {}

    /**
     * TLS contexts of a server that checks certificates of clients, each for one handshake. The file is read for each of them, and
     * now.
     *
     * @param keys the server's own
     * @param authorities PEM, one certificate or several
     * @throws UncheckedIOException if the file cannot be read or holds anything else
     */
    public static Supplier<SSLContext> contexts(KeyManager[] keys, Path authorities) {
        context(keys, authorities);
        return () -> context(keys, authorities);
    }

    private static SSLContext context(KeyManager[] keys, Path authorities) {
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            for (X509Certificate certificate : KeyFiles.readCertificates(authorities)) {
                trusted.setCertificateEntry(
                        certificate.getSubjectX500Principal().getName() + trusted.size(), certificate);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, factory.getTrustManagers(), null);
            return context;
        } catch (IOException failure) {
            throw new UncheckedIOException("authorities of clients in " + authorities + " are unusable", failure);
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException("authorities of clients in " + authorities + " are unusable", failure);
        }
    }
}
