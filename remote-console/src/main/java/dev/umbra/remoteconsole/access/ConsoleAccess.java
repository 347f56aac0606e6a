// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.access;

import java.net.SocketAddress;
import java.security.PublicKey;
import java.util.Optional;

/**
 * Decides who may open a console. Implementations give one and the same empty answer to an unknown virtual machine, to an
 * unknown credential and to a credential of somebody else, and take about as long for each, so that the answer tells a stranger
 * nothing.
 */
public interface ConsoleAccess {
    /**
     * Asks for the console of {@code vmName} with a password.
     *
     * @param password owned by the caller, who wipes it afterwards; not to be kept
     * @param from the client's address, for the audit log
     */
    Optional<ConsoleGrant> byPassword(String vmName, char[] password, SocketAddress from);

    /**
     * Asks whether the holder of {@code key} may open the console of {@code vmName}. The caller verifies possession of the private
     * key; it may ask before it has done so, hence an answer is not yet a login.
     */
    Optional<ConsoleGrant> byPublicKey(String vmName, PublicKey key, SocketAddress from);

    /**
     * Whether a grant given earlier is still good. A connection may live for days and open a channel on the last of them; in between
     * its owner may have given the machine up. Quick: asked before each channel.
     */
    default boolean stillHolds(ConsoleGrant grant) {
        return true;
    }
}
