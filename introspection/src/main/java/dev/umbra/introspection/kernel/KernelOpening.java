// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

/** Whether a kernel was found and can be read. */
public sealed interface KernelOpening {
    /** Found, and its profile verified. */
    record Opened(Kernel kernel) implements KernelOpening {}

    /** @param reason for people: what was found, and what it lacks */
    record Refused(String reason) implements KernelOpening {}
}
