// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

import dev.umbra.remoteconsole.access.ClientAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.server.session.ServerSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts connections: so many at all, so many of one address that have not logged in. */
final class ConnectionLimits implements SessionListener {
    private static final Logger logger = LoggerFactory.getLogger(ConnectionLimits.class);

    private final int maximumConnections;
    private final int maximumStrangers;
    private final Set<Session> connections = new HashSet<>();
    private final Map<Session, String> strangers = new HashMap<>();
    private long refused;

    ConnectionLimits(int maximumConnections, int maximumStrangers) {
        this.maximumConnections = maximumConnections;
        this.maximumStrangers = maximumStrangers;
    }

    @Override
    public void sessionCreated(Session session) {
        if (!admit(session, ClientAddress.of(((ServerSession) session).getClientAddress()))) {
            logger.warn(
                    "connection refused: too many, address {}",
                    ClientAddress.of(((ServerSession) session).getClientAddress()));
            session.close(true);
        }
    }

    @Override
    public synchronized void sessionEvent(Session session, Event event) {
        if (event == Event.Authenticated) {
            strangers.remove(session);
        }
    }

    @Override
    public synchronized void sessionClosed(Session session) {
        connections.remove(session);
        strangers.remove(session);
    }

    synchronized int connections() {
        return connections.size();
    }

    synchronized long refused() {
        return refused;
    }

    private synchronized boolean admit(Session session, String address) {
        long sameAddress = strangers.values().stream().filter(address::equals).count();
        if (connections.size() >= maximumConnections || sameAddress >= maximumStrangers) {
            refused++;
            return false;
        }
        connections.add(session);
        strangers.put(session, address);
        return true;
    }
}
