// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.certificate;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundleKey;
import org.springframework.boot.ssl.SslBundleRegistry;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.ssl.SslStoreBundle;

/** Looks at the server certificate from time to time and has the servers take up a new one; connections in progress go on. */
public final class CertificateRenewal implements Runnable {
    /** Name of the bundle that has the present certificate. */
    public static final String BUNDLE = "umbra";

    private static final Logger log = LoggerFactory.getLogger(CertificateRenewal.class);
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    private final CertificateStore store;
    private CertificateStore.ServerIdentity served;
    private SslBundleRegistry registry;

    CertificateRenewal(CertificateStore store) {
        this.store = store;
        this.served = store.serverIdentity();
    }

    /** Gives the web server its first certificate and keeps the registry for those that follow. */
    synchronized void register(SslBundleRegistry bundles) {
        registry = bundles;
        bundles.registerBundle(BUNDLE, bundle(served));
    }

    @Override
    public synchronized void run() {
        CertificateStore.ServerIdentity now = store.serverIdentity();
        if (!now.certificate().equals(served.certificate())) {
            registry.updateBundle(BUNDLE, bundle(now));
            served = now;
            log.info(
                    "Server certificate renewed, valid until {}",
                    now.certificate().getNotAfter().toInstant());
        }
    }

    private static SslBundle bundle(CertificateStore.ServerIdentity identity) {
        try {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(null, null);
            keys.setKeyEntry(
                    "server", identity.key(), new char[0], identity.chain().toArray(Certificate[]::new));
            return SslBundle.of(
                    SslStoreBundle.of(keys, "", null), SslBundleKey.of("", "server"), SslOptions.of(null, PROTOCOLS));
        } catch (GeneralSecurityException | IOException failure) {
            throw new IllegalStateException("the server certificate cannot be served", failure);
        }
    }
}
