// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditQueue;
import dev.umbra.appliance.vm.BindingListener;
import dev.umbra.appliance.vm.VmRecord;
import dev.umbra.remoteconsole.serial.SerialSession;
import dev.umbra.remoteconsole.serial.SessionObserver;
import java.util.Map;
import java.util.Set;
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

    SessionObserver of(VmRecord record) {
        return watches.computeIfAbsent(record.id(), id -> new Watch(record));
    }

    @Override
    public void released(VmRecord record) {
        Watch watch = watches.remove(record.id());
        if (watch != null) {
            watch.end();
        }
    }

    private final class Watch implements SessionObserver {
        private final VmRecord record;
        private final Set<SerialSession> sessions = ConcurrentHashMap.newKeySet();
        private volatile boolean ended;

        Watch(VmRecord record) {
            this.record = record;
        }

        @Override
        public void opened(SerialSession session) {
            sessions.add(session);
            note(AuditKind.CONSOLE_OPENED, session.origin());
            if (ended) {
                Thread.startVirtualThread(session::close);
            }
        }

        @Override
        public void closed(SerialSession session) {
            sessions.remove(session);
            note(AuditKind.CONSOLE_CLOSED, session.origin());
        }

        @Override
        public void takenOver(SerialSession writer, SerialSession former) {
            note(AuditKind.CONSOLE_TAKEN_OVER, writer.origin() + " from " + former.origin());
        }

        void end() {
            ended = true;
            sessions.forEach(SerialSession::close);
        }

        private void note(AuditKind kind, String detail) {
            queue.offer(AuditEvent.of(kind)
                    .on(record.id(), record.tenant())
                    .subject(record.name())
                    .detail(detail));
        }
    }
}
