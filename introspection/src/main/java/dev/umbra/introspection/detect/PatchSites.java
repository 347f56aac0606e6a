// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import java.util.Arrays;
import java.util.Collection;

/**
 * Places in the text of the kernel or of a module that the kernel itself changes while it runs: jump labels
 * ({@code arch/x86/kernel/jump_label.c}), static calls and their trampolines ({@code static_call.c}), and the calls of the
 * function tracer ({@code ftrace.c}). Everything else that patches code, such as alternatives and retpolines, is done before the
 * first program runs, or before the module does. Immutable, and taken once for each boot or load: a place that is added later
 * is none.
 */
final class PatchSites {
    /** What patches a place. */
    enum Kind {
        /** Two or five bytes: a NOP, or a jump to one known place. */
        JUMP_LABEL,
        /** Five bytes, six if conditional: a call or jump, nothing, a return, or a zero result. */
        STATIC_CALL,
        /** Five bytes at the start of a function: a NOP, or a call of the tracer. */
        TRACER
    }

    /** @param target of a jump label */
    record Site(long address, Kind kind, int length, long target) {
        long end() {
            return address + length;
        }
    }

    /** The longest. */
    static final int MAXIMUM_LENGTH = 6;

    static final PatchSites NONE = new PatchSites(new Site[0]);

    private final Site[] sites;

    private PatchSites(Site[] sites) {
        this.sites = sites;
    }

    static PatchSites of(Collection<Site> sites) {
        Site[] sorted = sites.toArray(Site[]::new);
        Arrays.sort(sorted, (left, right) -> Long.compareUnsigned(left.address(), right.address()));
        return new PatchSites(sorted);
    }

    int count() {
        return sites.length;
    }

    Site site(int index) {
        return sites[index];
    }

    /** Whether a site begins there. */
    boolean has(long address) {
        int index = firstFrom(address);
        return index < sites.length && sites[index].address() == address;
    }

    /** Index of the first site that reaches into what begins at an address. */
    int firstFrom(long address) {
        int low = 0;
        int high = sites.length;
        while (low < high) {
            int middle = low + high >>> 1;
            if (Long.compareUnsigned(sites[middle].end(), address) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
