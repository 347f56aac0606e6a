// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.audit;

/** What can happen. Names are stored and shown, so they never change. */
public enum AuditKind {
    LOGIN(Severity.NOTICE),
    LOGIN_REFUSED(Severity.WARNING),
    /** The failure that reached a limit; further attempts are refused unseen until the window has passed. */
    LOGIN_BLOCKED(Severity.WARNING),
    LOGOUT(Severity.NOTICE),
    VM_CREATED(Severity.NOTICE),
    VM_DELETED(Severity.NOTICE),
    SECRET_RENEWED(Severity.NOTICE),
    VM_RELEASED(Severity.WARNING),
    ENROLLED(Severity.NOTICE),
    ENROLMENT_REFUSED(Severity.WARNING),
    TICKET_ISSUED(Severity.NOTICE),
    TICKET_REFUSED(Severity.WARNING),
    CONSOLE_OPENED(Severity.NOTICE),
    CONSOLE_CLOSED(Severity.NOTICE),
    CONSOLE_REFUSED(Severity.WARNING),
    CONSOLE_TAKEN_OVER(Severity.NOTICE),
    LOG_DOWNLOADED(Severity.NOTICE),
    SCREEN_OPENED(Severity.NOTICE),
    SCREEN_CLOSED(Severity.NOTICE),
    SCREEN_TAKEN_OVER(Severity.NOTICE),
    SCREENSHOT_TAKEN(Severity.NOTICE),
    RECORDING_STARTED(Severity.NOTICE),
    RECORDING_ENDED(Severity.NOTICE),
    RECORDING_DOWNLOADED(Severity.NOTICE),
    RECORDING_DELETED(Severity.NOTICE),
    PAUSED(Severity.NOTICE),
    RESUMED(Severity.NOTICE),
    PORTS_CLAIMED(Severity.NOTICE),
    PORTS_RELEASED(Severity.WARNING),
    SCAN_REQUESTED(Severity.NOTICE),
    MEMORY_DOWNLOADED(Severity.NOTICE),
    ALARM(Severity.ALARM),
    HOST_ATTACHED(Severity.NOTICE),
    HOST_DETACHED(Severity.WARNING);

    /** How much attention an entry deserves. */
    public enum Severity {
        NOTICE,
        WARNING,
        ALARM
    }

    private final Severity severity;

    AuditKind(Severity severity) {
        this.severity = severity;
    }

    public Severity severity() {
        return severity;
    }
}
