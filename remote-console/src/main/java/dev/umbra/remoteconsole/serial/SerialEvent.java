// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

/** What {@link SerialSession#next} has to tell. Everything but {@link Output} is out of band and never part of the byte stream. */
public sealed interface SerialEvent {
    /**
     * Bytes of the tenant stand in the caller's buffer, from its start.
     *
     * @param offset absolute offset of the first byte in the console's output
     * @param length number of bytes, at least one
     */
    record Output(long offset, int length) implements SerialEvent {}

    /**
     * The session fell behind further than the ring reaches, or asked for what was gone already: these bytes are not shown.
     *
     * @param offset absolute offset of the first byte left out
     * @param length number of bytes left out
     */
    record Skipped(long offset, long length) implements SerialEvent {}

    /**
     * The session's role is another now.
     *
     * @param origin where the session that caused the change comes from
     */
    record RoleChanged(SerialRole role, String origin) implements SerialEvent {}

    /** The writer took nothing for too long; from now on output is skipped for it rather than held back for it. */
    record BackPressureLost() implements SerialEvent {}

    /** Nothing happened within the time given. */
    record Idle() implements SerialEvent {}

    /** The session is over and will have nothing more to tell. */
    record Closed() implements SerialEvent {}
}
