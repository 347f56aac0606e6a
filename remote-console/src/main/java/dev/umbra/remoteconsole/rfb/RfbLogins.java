// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.access.ClientAddress;
import dev.umbra.remoteconsole.access.ConsoleUserName;
import dev.umbra.remoteconsole.access.LoginThrottle;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks who may log in, few at a time and on threads that may wait, and slows guessing down. */
final class RfbLogins {
    private static final int AT_A_TIME = 4;
    private static final Logger logger = LoggerFactory.getLogger(RfbLogins.class);

    private final RfbAccess access;
    private final LoginThrottle addresses;
    private final LoginThrottle vms;
    private final Semaphore checks = new Semaphore(AT_A_TIME);
    private final LongAdder throttled = new LongAdder();

    RfbLogins(RfbAccess access, RfbServerConfig config) {
        this.access = access;
        addresses = new LoginThrottle(config.failuresPerAddress(), config.failureWindow(), System::nanoTime);
        vms = new LoginThrottle(config.failuresPerVm(), config.failureWindow(), System::nanoTime);
    }

    /** Wipes the password. A user name of {@code VM+view} asks to look only. */
    void byPassword(String userName, char[] password, SocketAddress from, Consumer<Optional<RfbGrant>> answer) {
        Optional<ConsoleUserName> user = ConsoleUserName.parse(userName);
        String vmName = user.map(ConsoleUserName::vmName).orElse("");
        check(vmName, from, answer, () -> {
            try {
                Optional<RfbGrant> grant = user.flatMap(name -> access.byPassword(name.vmName(), password, from));
                return user.filter(ConsoleUserName::viewOnly).isPresent() ? grant.map(RfbLogins::viewOnly) : grant;
            } finally {
                Arrays.fill(password, '\0');
            }
        });
    }

    void byCertificate(
            Optional<String> serverName,
            List<X509Certificate> chain,
            SocketAddress from,
            Consumer<Optional<RfbGrant>> answer) {
        check("", from, answer, () -> access.byCertificate(serverName, chain, from));
    }

    void byChallenge(String vmName, VncChallenge challenge, SocketAddress from, Consumer<Optional<RfbGrant>> answer) {
        check(vmName, from, answer, () -> access.byChallenge(vmName, challenge, from));
    }

    long throttled() {
        return throttled.sum();
    }

    private void check(
            String vmName,
            SocketAddress from,
            Consumer<Optional<RfbGrant>> answer,
            Supplier<Optional<RfbGrant>> question) {
        Thread.ofVirtual().name("rfb-login").start(() -> answer.accept(ask(vmName, from, question)));
    }

    private Optional<RfbGrant> ask(String vmName, SocketAddress from, Supplier<Optional<RfbGrant>> question) {
        String address = ClientAddress.of(from);
        if (!addresses.permits(address) || !vms.permits(vmName)) {
            throttled.increment();
            logger.warn("login refused: too many failures, address {}", address);
            return Optional.empty();
        }
        checks.acquireUninterruptibly();
        try {
            Optional<RfbGrant> grant = question.get();
            if (grant.isPresent()) {
                addresses.succeeded(address);
            } else {
                addresses.failed(address);
                if (!vmName.isEmpty()) {
                    vms.failed(vmName);
                }
            }
            return grant;
        } catch (RuntimeException broken) {
            logger.error("login refused: access check failed", broken);
            return Optional.empty();
        } finally {
            checks.release();
        }
    }

    private static RfbGrant viewOnly(RfbGrant grant) {
        return new RfbGrant(grant.tenant(), grant.vmName(), grant.console(), false, RfbPower.NONE);
    }
}
