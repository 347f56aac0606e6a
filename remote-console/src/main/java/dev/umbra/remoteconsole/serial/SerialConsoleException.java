// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import java.util.Objects;

/** A console that cannot be used as asked, with who can mend it. Never carries a byte of the tenant. */
public final class SerialConsoleException extends RuntimeException {
    /** What is wrong. */
    public enum Reason {
        /** The storage is of another size, layout or version than the configuration asks for. Operator. */
        STORAGE_MISMATCH,
        /** The saved state contradicts itself or the storage. Nobody: it was damaged or forged. */
        STATE_INVALID,
        /** As many sessions as allowed are attached already. Caller: close one. */
        TOO_MANY_SESSIONS,
        /** The virtual machine is gone. Caller. */
        CLOSED
    }

    private final Reason reason;

    SerialConsoleException(Reason reason, String detail) {
        super(detail);
        this.reason = Objects.requireNonNull(reason);
    }

    public Reason reason() {
        return reason;
    }
}
