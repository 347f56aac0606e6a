// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

/** Whether a VM runs while it is looked at. */
public enum ScanMode {
    /** It runs: lists change under the reader, which notices and reads again or reports a gap. */
    LIVE,
    /** All its processors are held, so that everything is of one instant; only as long as the budget allows. */
    PAUSED
}
