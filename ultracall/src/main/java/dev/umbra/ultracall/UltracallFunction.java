// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

/** What a VM may ask for ({@code enum umbra_function}); the ordinal is the number on the wire. */
public enum UltracallFunction {
    VERSION,
    IDENTITY,
    NAME,
    SERVICE,
    ENROL,
    ECHO;

    private static final UltracallFunction[] VALUES = values();

    /** The function, or null if the number is none. */
    public static UltracallFunction of(int number) {
        return number >= 0 && number < VALUES.length ? VALUES[number] : null;
    }
}
