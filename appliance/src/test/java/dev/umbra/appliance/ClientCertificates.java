// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance;

import java.io.IOException;
import java.io.Writer;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority that certifies clients. */
public final class ClientCertificates {
    private static final char[] PASSWORD = "password".toCharArray();
    private static final Duration HOUR = Duration.ofHours(1);

    private final X500Principal name = new X500Principal("CN=Authority of clients");
    private final KeyPair pair = pair();
    private final X509Certificate certificate = certify(name, pair, Instant.now(), null);

    /** Writes the authority's certificate. */
    public Path write(Path file) throws IOException {
        try (Writer text = Files.newBufferedWriter(file);
                JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(certificate);
        }
        return file;
    }

    /** The TLS of a client with a certificate for an hour from then on, to be used for something. */
    public SSLContext client(String subject, Instant begin, KeyPurposeId purpose, TrustManager[] trusted) {
        try {
            KeyPair own = pair();
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            X509Certificate leaf = certify(new X500Principal(subject), own, begin, purpose);
            store.setKeyEntry("key", own.getPrivate(), PASSWORD, new X509Certificate[] {leaf, certificate});
            KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
            factory.init(store, PASSWORD);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(factory.getKeyManagers(), trusted, null);
            return context;
        } catch (GeneralSecurityException | IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Of the authority itself if there is no purpose. */
    private X509Certificate certify(X500Principal subject, KeyPair of, Instant begin, KeyPurposeId purpose) {
        try {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    name,
                    BigInteger.valueOf(System.nanoTime()),
                    Date.from(begin.minusSeconds(60)),
                    Date.from(begin.plus(HOUR)),
                    subject,
                    of.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(purpose == null));
            if (purpose != null) {
                builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
        } catch (GeneralSecurityException | IOException | OperatorCreationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static KeyPair pair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
