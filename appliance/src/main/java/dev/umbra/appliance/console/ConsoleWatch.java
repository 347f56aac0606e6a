// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditQueue;
import dev.umbra.appliance.vm.BindingListener;
import dev.umbra.appliance.vm.VmRecord;
import dev.umbra.remoteconsole.graphical.GraphicalObserver;
import dev.umbra.remoteconsole.graphical.GraphicalSession;
import dev.umbra.remoteconsole.serial.SerialSession;
import dev.umbra.remoteconsole.serial.SessionObserver;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Audits who opens, leaves and takes over consoles, by whatever door, and ends the sessions of a record that lets go of its VM: the
 * VM may be somebody else's a moment later.
 */
public final class ConsoleWatch implements BindingListener {
    private final AuditQueue queue;
    private final Map<UUID, Watch> watches = new ConcurrentHashMap<>();

    ConsoleWatch(AuditQueue queue) {
        this.queue = queue;
    }

    SessionObserver serial(VmRecord record) {
        return watch(record).serial;
    }

    GraphicalObserver graphical(VmRecord record) {
        return watch(record).graphical;
    }

    private Watch watch(VmRecord record) {
        return watches.computeIfAbsent(record.id(), id -> new Watch(record));
    }

    @Override
    public void released(VmRecord record) {
        Watch watch = watches.remove(record.id());
        if (watch != null) {
            watch.end();
        }
    }

    private final class Watch {
        private final VmRecord record;
        private final SessionObserver serial = new Serial();
        private final GraphicalObserver graphical = new Graphical();
        private final Map<Object, Runnable> sessions = new ConcurrentHashMap<>();
        private volatile boolean ended;

        Watch(VmRecord record) {
            this.record = record;
        }

        private void opened(Object session, AuditKind kind, String origin, Runnable close) {
            sessions.put(session, close);
            note(kind, origin);
            if (ended) {
                Thread.startVirtualThread(close);
            }
        }

        private void closed(Object session, AuditKind kind, String origin) {
            sessions.remove(session);
            note(kind, origin);
        }

        void end() {
            ended = true;
            sessions.values().forEach(Runnable::run);
        }

        private void note(AuditKind kind, String detail) {
            queue.offer(AuditEvent.of(kind)
                    .on(record.id(), record.tenant())
                    .subject(record.name())
                    .detail(detail));
        }

        private final class Serial implements SessionObserver {
            @Override
            public void opened(SerialSession session) {
                Watch.this.opened(session, AuditKind.CONSOLE_OPENED, session.origin(), session::close);
            }

            @Override
            public void closed(SerialSession session) {
                Watch.this.closed(session, AuditKind.CONSOLE_CLOSED, session.origin());
            }

            @Override
            public void takenOver(SerialSession writer, SerialSession former) {
                note(AuditKind.CONSOLE_TAKEN_OVER, writer.origin() + " from " + former.origin());
            }
        }

        private final class Graphical implements GraphicalObserver {
            @Override
            public void opened(GraphicalSession session) {
                Watch.this.opened(session, AuditKind.SCREEN_OPENED, session.origin(), session::close);
            }

            @Override
            public void closed(GraphicalSession session) {
                Watch.this.closed(session, AuditKind.SCREEN_CLOSED, session.origin());
            }

            @Override
            public void takenOver(GraphicalSession writer, GraphicalSession former) {
                note(AuditKind.SCREEN_TAKEN_OVER, writer.origin() + " from " + former.origin());
            }
        }
    }
}
