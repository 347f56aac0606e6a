// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.export;

import java.util.List;

/**
 * What an export has written.
 *
 * @param bytes of the file
 * @param missingBytes how many of them are zero because there was no memory: pages without memory between others, and
 *     pages that went away or did not come to rest meanwhile
 * @param missing where, the first {@link #MAXIMUM_MISSING} ranges of them
 * @param complete false if there is more memory than is ever exported
 */
public record ExportReport(long bytes, long missingBytes, List<MemoryRange> missing, boolean complete) {
    /** Ranges in the list. */
    public static final int MAXIMUM_MISSING = 1024;
}
