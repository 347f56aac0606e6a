// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/**
 * What went through block devices, in bytes.
 *
 * @param read from them
 * @param written to them, or to be written
 */
public record DiskUse(long read, long written) {
    static final DiskUse NONE = new DiskUse(0, 0);

    DiskUse plus(DiskUse other) {
        return new DiskUse(read + other.read, written + other.written);
    }
}
