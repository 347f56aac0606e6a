// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

import java.util.Objects;
import java.util.OptionalLong;

/**
 * How a session wants to be attached.
 *
 * @param origin where it comes from, in words shown to the other sessions, such as {@code SSH from 192.0.2.7}
 * @param mayWrite whether it may ever be the writer
 * @param role the role it starts in; {@link SerialRole#WRITER} takes the line over from the present writer
 * @param since absolute output offset to begin at; empty for all of the scroll-back
 */
public record SerialAttachment(String origin, boolean mayWrite, SerialRole role, OptionalLong since) {
    public SerialAttachment {
        Objects.requireNonNull(origin, "origin");
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(since, "since");
        if (role == SerialRole.WRITER && !mayWrite) {
            throw new IllegalArgumentException("a session that may not write cannot start as the writer");
        }
        if (since.isPresent() && since.getAsLong() < 0) {
            throw new IllegalArgumentException("negative offset");
        }
    }

    /** A read-only session with all of the scroll-back. */
    public static SerialAttachment viewer(String origin) {
        return new SerialAttachment(origin, false, SerialRole.VIEWER, OptionalLong.empty());
    }

    /** A writing session with all of the scroll-back. */
    public static SerialAttachment writer(String origin) {
        return new SerialAttachment(origin, true, SerialRole.WRITER, OptionalLong.empty());
    }

    /** The same, beginning at {@code offset}. */
    public SerialAttachment since(long offset) {
        return new SerialAttachment(origin, mayWrite, role, OptionalLong.of(offset));
    }
}
