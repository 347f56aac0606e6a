// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.yara;

import java.util.List;

/**
 * What a scan of one process found.
 *
 * @param pid of the tenant's process
 * @param scannedBytes of its memory
 * @param truncated if there was more memory, or there were more matches, than the limits allow
 * @param reason for people, empty if all went well
 */
public record YaraReport(
        int pid, List<YaraMatch> matches, long scannedBytes, boolean truncated, Outcome outcome, String reason) {
    public YaraReport {
        matches = List.copyOf(matches);
    }

    /** How a scan ended. Matches found until then are reported in any case. */
    public enum Outcome {
        COMPLETE,
        TIMED_OUT,
        /** The helper process ended by itself, as when it needs more memory than it may have. */
        FAILED
    }
}
