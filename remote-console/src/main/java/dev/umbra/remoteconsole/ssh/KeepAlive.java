// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

import java.io.IOException;
import java.time.Duration;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.util.buffer.Buffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks each client now and then whether it is still there, as OpenSSH's servers do. That keeps address translators and firewalls from
 * forgetting a quiet console, and finds clients that vanished without a word.
 */
final class KeepAlive implements SessionListener {
    private static final Logger logger = LoggerFactory.getLogger(KeepAlive.class);
    private static final String REQUEST = "keepalive@openssh.com";
    private static final int INTERVALS_UNANSWERED = 3;

    private final Duration interval;

    KeepAlive(Duration interval) {
        this.interval = interval;
    }

    @Override
    public void sessionEvent(Session session, Event event) {
        if (event == Event.Authenticated) {
            Thread.ofVirtual().name("ssh-console-keep-alive").start(() -> watch(session));
        }
    }

    private void watch(Session session) {
        try {
            while (session.isOpen()) {
                Thread.sleep(interval);
                probe(session);
            }
        } catch (IOException gone) {
            logger.debug("the client is gone", gone);
            session.close(true);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void probe(Session session) throws IOException {
        if (!session.isOpen()) {
            return;
        }
        Buffer request = session.createBuffer(SshConstants.SSH_MSG_GLOBAL_REQUEST);
        request.putString(REQUEST);
        request.putBoolean(true);
        session.request(REQUEST, request, interval.multipliedBy(INTERVALS_UNANSWERED));
    }
}
