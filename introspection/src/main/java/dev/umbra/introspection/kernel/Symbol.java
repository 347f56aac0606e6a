// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

/**
 * A symbol of the kernel itself; those of modules are not among them.
 *
 * @param address where it is in this boot; of per-CPU data the offset in its area
 * @param type as {@code nm} has it, small if the symbol is local: T text, D data, B zeroed data, R read-only data, A
 *     absolute, W and V weak
 */
public record Symbol(String name, char type, long address) {
    /** Whether it names code. */
    public boolean isText() {
        return type == 't' || type == 'T' || type == 'w' || type == 'W';
    }
}
