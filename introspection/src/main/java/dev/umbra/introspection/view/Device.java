// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/** A device number. */
public record Device(int major, int minor) {
    private static final int MINOR_BITS = 20;

    static final Device NONE = new Device(0, 0);

    /** From the kernel's own form, twelve bits and twenty. */
    static Device of(int number) {
        return new Device(number >>> MINOR_BITS, number & (1 << MINOR_BITS) - 1);
    }

    /** Such as {@code 8:1}. */
    @Override
    public String toString() {
        return major + ":" + minor;
    }
}
