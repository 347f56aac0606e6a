// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

import java.util.Objects;

/**
 * How a session wants to be attached.
 *
 * @param origin where it comes from, in words shown to the other sessions, such as {@code VNC from 192.0.2.7}
 * @param mayWrite whether it may ever be the writer
 * @param role the role it starts in; {@link GraphicalRole#WRITER} takes keyboard and pointer over from the present writer
 */
public record GraphicalAttachment(String origin, boolean mayWrite, GraphicalRole role) {
    public GraphicalAttachment {
        Objects.requireNonNull(origin, "origin");
        Objects.requireNonNull(role, "role");
        if (role == GraphicalRole.WRITER && !mayWrite) {
            throw new IllegalArgumentException("a session that may not write cannot start as the writer");
        }
    }

    /** A read-only session. */
    public static GraphicalAttachment viewer(String origin) {
        return new GraphicalAttachment(origin, false, GraphicalRole.VIEWER);
    }

    /** A session that types from the start. */
    public static GraphicalAttachment writer(String origin) {
        return new GraphicalAttachment(origin, true, GraphicalRole.WRITER);
    }
}
