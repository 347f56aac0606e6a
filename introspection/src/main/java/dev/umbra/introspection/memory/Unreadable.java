// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

import java.util.Locale;

/**
 * A read met an address without readable memory. Whoever walks structures of a kernel catches it at the end of a record
 * or of a view, and never lets it out of one.
 *
 * <p>It has no stack trace, and each {@link AddressSpace} has only one of it: what it says holds until that address space
 * is read again.
 */
public final class Unreadable extends RuntimeException {
    private static final long serialVersionUID = 1;

    private Why why;
    private long address;

    /** What was in the way. */
    public enum Why {
        /** The page tables have no page there. */
        NOT_PRESENT,
        /** An entry has reserved bits set. */
        MALFORMED,
        /** A table or the page lies outside memory. */
        NO_MEMORY,
        /** The processor would not accept the address. */
        NOT_CANONICAL,
        /** The translation did not come to rest while the page was copied. */
        UNSTABLE
    }

    public Unreadable(Why why, long address) {
        super(null, null, false, false);
        this.why = why;
        this.address = address;
    }

    Unreadable with(Why newWhy, long newAddress) {
        why = newWhy;
        address = newAddress;
        return this;
    }

    public Why why() {
        return why;
    }

    /** The virtual address of the first byte that could not be read. */
    public long address() {
        return address;
    }

    @Override
    public String getMessage() {
        return "0x" + Long.toHexString(address) + " "
                + why.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
