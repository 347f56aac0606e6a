// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.journal;

/** A journal that cannot be used; why, in a form that says who can mend it. */
public final class JournalException extends Exception {
    private final Reason reason;

    JournalException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    JournalException(Reason reason, String message) {
        this(reason, message, null);
    }

    public Reason reason() {
        return reason;
    }

    /** Who is concerned. */
    public enum Reason {
        /** The file is damaged or somebody else's. */
        REFUSED,
        /** The file was written by a version with other devices. */
        LAYOUT,
        /** The file system failed. */
        STORAGE,
        /** Another process uses the directory. */
        LOCKED
    }
}
