// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

/** What came of a tenant VM's attempt to enrol itself. */
public enum EnrolmentResult {
    ENROLLED,
    /** Wrong, used or expired secret; deliberately not told apart. */
    REFUSED,
    /** This VM is enrolled already. */
    ALREADY_ENROLLED,
    /** The caller's privilege does not allow it. */
    NOT_PERMITTED,
    /** The authority could not decide; trying again may help. */
    FAILED
}
