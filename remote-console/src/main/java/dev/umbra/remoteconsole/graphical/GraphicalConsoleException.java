// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

import java.util.Objects;

/** A console that cannot be used as asked. */
public final class GraphicalConsoleException extends RuntimeException {
    /** What is wrong. */
    public enum Reason {
        /** As many sessions as allowed are attached already. Caller: close one. */
        TOO_MANY_SESSIONS,
        /** The virtual machine is gone. Caller. */
        CLOSED
    }

    private final Reason reason;

    GraphicalConsoleException(Reason reason, String detail) {
        super(detail);
        this.reason = Objects.requireNonNull(reason);
    }

    public Reason reason() {
        return reason;
    }
}
