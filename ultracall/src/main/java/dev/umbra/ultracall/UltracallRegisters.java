// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

/**
 * The four 64-bit registers of an ultracall: its arguments, or its results. They may hold a tenant's secret, so they
 * do not show themselves.
 */
public record UltracallRegisters(long rcx, long rdx, long rsi, long rdi) {
    public static final UltracallRegisters ZERO = new UltracallRegisters(0, 0, 0, 0);

    @Override
    public String toString() {
        return "UltracallRegisters[hidden]";
    }
}
