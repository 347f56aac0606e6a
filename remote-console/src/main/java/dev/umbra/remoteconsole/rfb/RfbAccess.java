// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * Decides who may open a graphical console over TCP. Implementations give one and the same empty answer to an unknown virtual machine,
 * to an unknown credential and to a credential of somebody else, and take about as long for each, so that the answer tells a stranger
 * nothing. Called from virtual threads, may block.
 */
public interface RfbAccess {
    /**
     * Asks for the console of {@code vmName} with a password (VeNCrypt X509Plain).
     *
     * @param password owned by the caller, who wipes it afterwards; not to be kept
     * @param from the client's address, for the audit log
     */
    Optional<RfbGrant> byPassword(String vmName, char[] password, SocketAddress from);

    /**
     * Asks for a console with a client certificate (VeNCrypt X509None). Possession of the key is proved and the chain accepted by the
     * trust manager of the TLS context.
     *
     * @param serverName the host name the client asked for in the TLS handshake, which may name the virtual machine
     * @param chain the client's certificate first
     */
    Optional<RfbGrant> byCertificate(Optional<String> serverName, List<X509Certificate> chain, SocketAddress from);

    /** Asks for the console of {@code vmName} with the answer to a challenge (VncAuth). Nobody, unless overridden. */
    default Optional<RfbGrant> byChallenge(String vmName, VncChallenge challenge, SocketAddress from) {
        return Optional.empty();
    }
}
