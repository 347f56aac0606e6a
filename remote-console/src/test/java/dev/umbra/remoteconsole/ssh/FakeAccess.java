// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

import dev.umbra.remoteconsole.access.ConsoleAccess;
import dev.umbra.remoteconsole.access.ConsoleGrant;
import java.net.SocketAddress;
import java.security.PublicKey;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.config.keys.KeyUtils;

/** Knows some virtual machines, one password for all and some keys. */
final class FakeAccess implements ConsoleAccess {
    static final String PASSWORD = "correct horse battery staple";

    final AtomicInteger passwordsAsked = new AtomicInteger();
    private final Map<String, ConsoleGrant> grants = new ConcurrentHashMap<>();
    private final Map<String, String> vmOfKey = new ConcurrentHashMap<>();

    void add(ConsoleGrant grant) {
        grants.put(grant.vmName(), grant);
    }

    void addKey(PublicKey key, String vmName) {
        vmOfKey.put(KeyUtils.getFingerPrint(key), vmName);
    }

    @Override
    public Optional<ConsoleGrant> byPassword(String vmName, char[] password, SocketAddress from) {
        passwordsAsked.incrementAndGet();
        return PASSWORD.equals(new String(password)) ? Optional.ofNullable(grants.get(vmName)) : Optional.empty();
    }

    @Override
    public Optional<ConsoleGrant> byPublicKey(String vmName, PublicKey key, SocketAddress from) {
        return vmName.equals(vmOfKey.get(KeyUtils.getFingerPrint(key)))
                ? Optional.ofNullable(grants.get(vmName))
                : Optional.empty();
    }
}
