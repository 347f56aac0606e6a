// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.problem;

/** Who can mend a problem. */
public enum ProblemCategory {
    /** Whoever sent the request. */
    CALLER,
    /** The tenant who owns the VM, inside it or in its record. */
    TENANT,
    /** Whoever runs the appliance and its hosts. */
    OPERATOR,
    /** The makers of Umbra: a defect. */
    US
}
