// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.certificate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.IPAddress;

/**
 * The appliance's own certificate authority (RFC 5280) and its server certificate, kept in the state directory.
 *
 * <p>Clients trust {@code authority.pem} once; the server certificate below it is short-lived and replaced without them noticing.
 * The authority's key is written before its certificate, so a crash in between leaves no published authority without a key; an
 * authority whose key is lost or does not fit is never replaced silently, as that would break every client's trust. A server
 * certificate that is missing, unreadable, near its end, of another authority or without a configured name is simply made anew.
 */
public final class CertificateStore {
    private static final String CURVE = "secp256r1";
    private static final String SIGNATURE = "SHA256withECDSA";
    private static final Duration CLOCK_SKEW = Duration.ofHours(1);
    private static final List<String> OWN_NAMES = List.of("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1");

    /** A server's key and its chain, the server's own certificate first. Its text form shows no key. */
    public record ServerIdentity(PrivateKey key, List<X509Certificate> chain) {
        public X509Certificate certificate() {
            return chain.getFirst();
        }

        @Override
        public String toString() {
            return "ServerIdentity[" + certificate().getSubjectX500Principal() + "]";
        }
    }

    private record Authority(PrivateKey key, X509Certificate certificate) {
        @Override
        public String toString() {
            return "Authority[" + certificate.getSubjectX500Principal() + "]";
        }
    }

    private final Path directory;
    private final CertificateProperties configuration;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    public CertificateStore(Path directory, CertificateProperties configuration, InstantSource clock) {
        this.directory = directory;
        this.configuration = configuration;
        this.clock = clock;
    }

    /** The certificate clients are to trust. */
    public Path authorityFile() {
        return directory.resolve("authority.pem");
    }

    /** The server's key and certificate, made or renewed if need be. */
    public synchronized ServerIdentity serverIdentity() {
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Authority authority = authority();
            ServerIdentity kept = keptIdentity();
            return kept != null && usable(kept, authority) ? kept : issue(authority);
        } catch (IOException failure) {
            throw new UncheckedIOException("certificates in " + directory + " are unusable", failure);
        } catch (GeneralSecurityException | OperatorCreationException failure) {
            throw new IllegalStateException("certificates in " + directory + " could not be made", failure);
        }
    }

    private Authority authority() throws IOException, GeneralSecurityException, OperatorCreationException {
        Path keyFile = directory.resolve("authority.key");
        if (!Files.exists(authorityFile())) {
            return createAuthority(keyFile);
        }
        X509Certificate certificate = KeyFiles.readCertificates(authorityFile()).getFirst();
        Authority kept = new Authority(KeyFiles.readKey(keyFile), certificate);
        if (!fit(kept.key, certificate)) {
            throw new IOException("authority.key does not belong to authority.pem");
        }
        return kept;
    }

    private Authority createAuthority(Path keyFile)
            throws IOException, GeneralSecurityException, OperatorCreationException {
        KeyPair pair = keyPair();
        X500Name name = new X500Name("CN=Umbra appliance authority " + shortRandom());
        Instant now = clock.instant();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                name,
                serial(),
                Date.from(now.minus(CLOCK_SKEW)),
                Date.from(now.plus(configuration.authorityValidity())),
                name,
                pair.getPublic());
        JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
                .addExtension(
                        Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(pair.getPublic()));
        X509Certificate certificate = sign(builder, pair.getPrivate());
        KeyFiles.writeKey(keyFile, pair.getPrivate());
        KeyFiles.writeCertificates(authorityFile(), certificate);
        return new Authority(pair.getPrivate(), certificate);
    }

    private ServerIdentity keptIdentity() {
        try {
            return new ServerIdentity(
                    KeyFiles.readKey(directory.resolve("server.key")),
                    KeyFiles.readCertificates(directory.resolve("server.pem")));
        } catch (IOException missing) {
            return null;
        }
    }

    private boolean usable(ServerIdentity kept, Authority authority) throws GeneralSecurityException {
        Instant now = clock.instant();
        Instant end = kept.certificate().getNotAfter().toInstant();
        if (now.isAfter(end.minus(configuration.renewBefore()))
                || now.isBefore(kept.certificate().getNotBefore().toInstant())
                || !fit(kept.key, kept.certificate())) {
            return false;
        }
        try {
            kept.certificate().verify(authority.certificate.getPublicKey());
        } catch (GeneralSecurityException otherAuthority) {
            return false;
        }
        Set<String> names = new LinkedHashSet<>();
        var alternatives = kept.certificate().getSubjectAlternativeNames();
        if (alternatives != null) {
            alternatives.forEach(name -> names.add(name.get(1).toString()));
        }
        return names.equals(canonicalNames());
    }

    private ServerIdentity issue(Authority authority)
            throws IOException, GeneralSecurityException, OperatorCreationException {
        KeyPair pair = keyPair();
        Instant now = clock.instant();
        Instant authorityEnd = authority.certificate.getNotAfter().toInstant();
        Instant end = now.plus(configuration.validity());
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                authority.certificate,
                serial(),
                Date.from(now.minus(CLOCK_SKEW)),
                Date.from(end.isBefore(authorityEnd) ? end : authorityEnd),
                new X500Name("CN=Umbra appliance"),
                pair.getPublic());
        GeneralName[] names = canonicalNames().stream()
                .map(name ->
                        new GeneralName(IPAddress.isValid(name) ? GeneralName.iPAddress : GeneralName.dNSName, name))
                .toArray(GeneralName[]::new);
        JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
                .addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names))
                .addExtension(
                        Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(pair.getPublic()))
                .addExtension(
                        Extension.authorityKeyIdentifier,
                        false,
                        extensions.createAuthorityKeyIdentifier(authority.certificate));
        X509Certificate certificate = sign(builder, authority.key);
        KeyFiles.writeKey(directory.resolve("server.key"), pair.getPrivate());
        KeyFiles.writeCertificates(directory.resolve("server.pem"), certificate, authority.certificate);
        return new ServerIdentity(pair.getPrivate(), List.of(certificate, authority.certificate));
    }

    private Set<String> canonicalNames() {
        Set<String> names = new LinkedHashSet<>(OWN_NAMES);
        names.addAll(configuration.names());
        return names;
    }

    private static X509Certificate sign(JcaX509v3CertificateBuilder builder, PrivateKey key)
            throws GeneralSecurityException, OperatorCreationException {
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(key)));
    }

    private static boolean fit(PrivateKey key, X509Certificate certificate) throws GeneralSecurityException {
        byte[] probe = {1};
        Signature signature = Signature.getInstance(SIGNATURE);
        try {
            signature.initSign(key);
            signature.update(probe);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(probe);
            return signature.verify(signed);
        } catch (GeneralSecurityException differentKind) {
            return false;
        }
    }

    private KeyPair keyPair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(CURVE), random);
        return generator.generateKeyPair();
    }

    private BigInteger serial() {
        return new BigInteger(127, random).setBit(126);
    }

    private String shortRandom() {
        return String.format("%08x", random.nextInt());
    }
}
