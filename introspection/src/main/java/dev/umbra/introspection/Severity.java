// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection;

/** How bad a finding is, if it is no mistake. */
public enum Severity {
    /** Worth knowing; explained by load, limits or an administrator at work. */
    NOTICE,
    /** The service of a VM suffers, or somebody with the kernel's rights looks into it. */
    WARNING,
    /** The identity of a VM is in doubt, or its kernel is not its own any more. */
    CRITICAL
}
