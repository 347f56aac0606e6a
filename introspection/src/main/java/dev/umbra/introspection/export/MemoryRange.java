// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.export;

/**
 * Physical addresses that follow each other.
 *
 * @param start the first
 * @param length in bytes
 */
public record MemoryRange(long start, long length) {
    public MemoryRange {
        if (start < 0 || length < 1 || start + length < start) {
            throw new IllegalArgumentException("no range: " + start + " + " + length);
        }
    }

    /** The address behind the last. */
    public long end() {
        return start + length;
    }

    boolean contains(long address) {
        return address >= start && address < end();
    }
}
