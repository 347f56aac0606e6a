// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

/** The kernel has no such symbol, type or field, or is none that can be read. The message says which. */
public final class UnknownKernel extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UnknownKernel(String reason) {
        super(reason);
    }
}
