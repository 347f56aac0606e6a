// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

/** What a VM finds in RAX after an ultracall ({@code enum umbra_status_code}). */
public enum UltracallStatus {
    OK,
    UNKNOWN_FUNCTION,
    INVALID_ARGUMENT,
    /** Wrong, used or expired secret; deliberately not told apart. */
    REFUSED,
    ALREADY_ENROLLED,
    RATE_LIMITED,
    NOT_PERMITTED,
    FAILED;

    private static final long BASE = 0x554d_4252_0000_0000L;

    /** The register value: "UMBR" in the upper half. */
    public long value() {
        return BASE | ordinal();
    }
}
