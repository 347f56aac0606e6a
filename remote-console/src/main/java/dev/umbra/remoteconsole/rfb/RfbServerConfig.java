// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How the TCP door is set up.
 *
 * @param host address to listen on, such as {@code 0.0.0.0}
 * @param port TCP port, 0 for any free one
 * @param session limits of each session
 * @param vncAuthVm the one virtual machine that clients without TLS may open by VncAuth; empty to refuse them
 * @param clientCertificates whether clients may log in by a certificate (X509None); the TLS contexts then have to check it
 * @param maximumConnections connections at once, at most
 * @param maximumStrangers connections of one address that have not logged in yet, at most
 * @param failuresPerAddress failed logins of one address before it has to wait
 * @param failuresPerVm failed passwords for one virtual machine before passwords for it have to wait
 * @param failureWindow how long they have to wait
 * @param outputMaximum bytes waiting to be sent to one client above which nothing more is encoded for it
 */
public record RfbServerConfig(
        String host,
        int port,
        RfbSessionConfig session,
        Optional<String> vncAuthVm,
        boolean clientCertificates,
        int maximumConnections,
        int maximumStrangers,
        int failuresPerAddress,
        int failuresPerVm,
        Duration failureWindow,
        int outputMaximum) {
    public RfbServerConfig {
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(session, "session");
        Objects.requireNonNull(vncAuthVm, "vncAuthVm");
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port out of range");
        }
        if (maximumConnections < 1
                || maximumStrangers < 1
                || failuresPerAddress < 1
                || failuresPerVm < 1
                || outputMaximum < 1) {
            throw new IllegalArgumentException("limits must be positive");
        }
        if (!failureWindow.isPositive()) {
            throw new IllegalArgumentException("failureWindow must be positive");
        }
    }

    /** The usual limits, on all addresses, by passwords over TLS alone. */
    public static RfbServerConfig defaults(int port) {
        return new RfbServerConfig(
                "0.0.0.0",
                port,
                RfbSessionConfig.defaults(),
                Optional.empty(),
                false,
                256,
                16,
                10,
                50,
                Duration.ofMinutes(1),
                256 << 10);
    }
}
