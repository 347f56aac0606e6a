// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

import dev.umbra.remoteconsole.access.ClientAddress;
import dev.umbra.remoteconsole.access.ConsoleAccess;
import dev.umbra.remoteconsole.access.ConsoleGrant;
import dev.umbra.remoteconsole.access.ConsoleUserName;
import dev.umbra.remoteconsole.access.LoginThrottle;
import java.net.SocketAddress;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.server.auth.AsyncAuthException;
import org.apache.sshd.server.auth.password.PasswordAuthenticator;
import org.apache.sshd.server.auth.pubkey.PublickeyAuthenticator;
import org.apache.sshd.server.session.ServerSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks {@link ConsoleAccess} and leaves the grant with the connection.
 *
 * <p>A password costs an expensive hash. It is computed on a virtual thread, never on an input/output thread, and only a few at a
 * time. A public key is asked about twice, before and after the signature was checked, so a grant with the connection means nothing
 * until the connection is authenticated; the last question is always the one that succeeded.
 */
final class SerialAuthenticator implements PasswordAuthenticator, PublickeyAuthenticator {
    static final AttributeKey<ConsoleGrant> GRANT = new AttributeKey<>();

    private static final Logger logger = LoggerFactory.getLogger(SerialAuthenticator.class);
    private static final int PASSWORDS_AT_ONCE = 4;

    private final ConsoleAccess access;
    private final LoginThrottle addresses;
    private final LoginThrottle vms;
    private final Semaphore passwords = new Semaphore(PASSWORDS_AT_ONCE);
    private final LongAdder failed = new LongAdder();
    private final LongAdder throttled = new LongAdder();

    SerialAuthenticator(ConsoleAccess access, LoginThrottle addresses, LoginThrottle vms) {
        this.access = access;
        this.addresses = addresses;
        this.vms = vms;
    }

    @Override
    public boolean authenticate(String userName, String password, ServerSession session) {
        session.removeAttribute(GRANT);
        Optional<ConsoleUserName> user = ConsoleUserName.parse(userName);
        String address = ClientAddress.of(session.getClientAddress());
        if (!addresses.permits(address)
                || user.isPresent() && !vms.permits(user.get().vmName())) {
            throttled.increment();
            logger.warn("login refused: too many failures, address {}", address);
            return false;
        }
        if (user.isEmpty()) {
            fail(address, null);
            return false;
        }
        AsyncAuthException pending = new AsyncAuthException();
        char[] characters = password.toCharArray();
        Thread.ofVirtual()
                .name("console-login")
                .start(() -> pending.setAuthed(checkPassword(user.get(), characters, session)));
        throw pending;
    }

    @Override
    public boolean authenticate(String userName, PublicKey key, ServerSession session) {
        session.removeAttribute(GRANT);
        String address = ClientAddress.of(session.getClientAddress());
        if (!addresses.permits(address)) {
            throttled.increment();
            return false;
        }
        SocketAddress from = session.getClientAddress();
        Optional<ConsoleGrant> grant =
                ConsoleUserName.parse(userName).flatMap(user -> access.byPublicKey(user.vmName(), key, from));
        grant.ifPresent(found -> session.setAttribute(GRANT, found));
        return grant.isPresent();
    }

    long failed() {
        return failed.sum();
    }

    long throttled() {
        return throttled.sum();
    }

    private boolean checkPassword(ConsoleUserName user, char[] password, ServerSession session) {
        String address = ClientAddress.of(session.getClientAddress());
        passwords.acquireUninterruptibly();
        try {
            Optional<ConsoleGrant> grant = access.byPassword(user.vmName(), password, session.getClientAddress());
            if (grant.isEmpty()) {
                fail(address, user.vmName());
                return false;
            }
            addresses.succeeded(address);
            session.setAttribute(GRANT, grant.get());
            return true;
        } catch (RuntimeException broken) {
            logger.error("login refused: access check failed", broken);
            return false;
        } finally {
            passwords.release();
            Arrays.fill(password, '\0');
        }
    }

    private void fail(String address, String vmName) {
        failed.increment();
        addresses.failed(address);
        if (vmName != null) {
            vms.failed(vmName);
        }
        logger.info("login failed, address {}", address);
    }
}
