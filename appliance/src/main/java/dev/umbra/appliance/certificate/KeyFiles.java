// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.certificate;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;

/** Keys and certificates as PEM files, replaced in one step; keys are created readable by their owner alone. */
final class KeyFiles {
    private static final Set<PosixFilePermission> SECRET = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> PUBLIC = PosixFilePermissions.fromString("rw-r--r--");

    private KeyFiles() {}

    static void writeKey(Path file, PrivateKey key) throws IOException {
        replace(file, new JcaPKCS8Generator(key, null), SECRET);
    }

    static void writeCertificates(Path file, X509Certificate... chain) throws IOException {
        replace(file, chain, PUBLIC);
    }

    static PrivateKey readKey(Path file) throws IOException {
        try (PEMParser parser = new PEMParser(new StringReader(Files.readString(file)))) {
            if (parser.readObject() instanceof PrivateKeyInfo key) {
                return new JcaPEMKeyConverter().getPrivateKey(key);
            }
        }
        throw new IOException(file + " holds no private key");
    }

    static List<X509Certificate> readCertificates(Path file) throws IOException {
        List<X509Certificate> chain = new ArrayList<>();
        try (PEMParser parser = new PEMParser(new StringReader(Files.readString(file)))) {
            for (Object next = parser.readObject(); next != null; next = parser.readObject()) {
                if (!(next instanceof X509CertificateHolder holder)) {
                    throw new IOException(file + " holds something other than certificates");
                }
                chain.add(new JcaX509CertificateConverter().getCertificate(holder));
            }
        } catch (CertificateException refused) {
            throw new IOException(file + " holds an unusable certificate", refused);
        }
        if (chain.isEmpty()) {
            throw new IOException(file + " holds no certificate");
        }
        return List.copyOf(chain);
    }

    private static void replace(Path file, Object content, Set<PosixFilePermission> permissions) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            if (content instanceof X509Certificate[] chain) {
                for (X509Certificate certificate : chain) {
                    writer.writeObject(certificate);
                }
            } else {
                writer.writeObject(content);
            }
        }
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(draft);
        Files.createFile(draft, PosixFilePermissions.asFileAttribute(permissions));
        Files.setPosixFilePermissions(draft, permissions);
        Files.writeString(draft, text.toString(), StandardOpenOption.WRITE, StandardOpenOption.SYNC);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
