// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel.structures;

import java.util.Objects;

/**
 * Something that is missing from a view, and why.
 *
 * @param what the kernel's structure or list that could not be read to its end
 * @param address where it happened first, as the kernel sees it, or 0 if there is no such place
 * @param count how often it happened
 */
public record Gap(Reason reason, String what, long address, long count) {
    public Gap {
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(what, "what");
    }

    /** Why something is missing. */
    public enum Reason {
        /** The address is not mapped, or not in memory. */
        UNREADABLE,
        /** A list or tree leads back into itself. */
        CYCLE,
        /** There is more than is looked at. */
        TOO_MANY,
        /** The bytes contradict each other or what the kernel would write. */
        MALFORMED,
        /** This kernel has no such structure, field or symbol. */
        UNKNOWN_TO_KERNEL
    }

    /** One line, such as {@code CYCLE task_struct.tasks at 0xffff888003d9a890, 1 time}. */
    @Override
    public String toString() {
        return reason + " " + what + " at 0x" + Long.toHexString(address) + ", " + count
                + (count == 1 ? " time" : " times");
    }
}
