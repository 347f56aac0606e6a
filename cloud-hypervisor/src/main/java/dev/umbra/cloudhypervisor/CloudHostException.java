// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.util.Objects;

/** A request to a host that was not fulfilled. */
public final class CloudHostException extends Exception {
    private final Reason reason;

    CloudHostException(Reason reason, String message) {
        super(message);
        this.reason = Objects.requireNonNull(reason, "reason");
    }

    public Reason reason() {
        return reason;
    }

    /** Who can mend it. */
    public enum Reason {
        /** The caller: there is no such VM. */
        UNKNOWN_VM,
        /** The operator: L0 is not reachable. */
        NOT_ATTACHED,
        /** L0 refused the command. */
        REJECTED,
        /** L0 did not answer in time. */
        TIMED_OUT,
        /** The host was closed. */
        CLOSED
    }
}
