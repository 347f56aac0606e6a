// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditQueue;
import dev.umbra.appliance.vm.VmRecord;
import dev.umbra.remoteconsole.serial.SerialSession;
import dev.umbra.remoteconsole.serial.SessionObserver;

/** Audits who opens, leaves and takes over consoles, by whatever door. */
public final class ConsoleWatch {
    private final AuditQueue queue;

    ConsoleWatch(AuditQueue queue) {
        this.queue = queue;
    }

    SessionObserver of(VmRecord record) {
        return new SessionObserver() {
            @Override
            public void opened(SerialSession session) {
                note(AuditKind.CONSOLE_OPENED, session.origin());
            }

            @Override
            public void closed(SerialSession session) {
                note(AuditKind.CONSOLE_CLOSED, session.origin());
            }

            @Override
            public void takenOver(SerialSession writer, SerialSession former) {
                note(AuditKind.CONSOLE_TAKEN_OVER, writer.origin() + " from " + former.origin());
            }

            private void note(AuditKind kind, String detail) {
                queue.offer(AuditEvent.of(kind)
                        .on(record.id(), record.tenant())
                        .subject(record.name())
                        .detail(detail));
            }
        };
    }
}
