// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

/**
 * Bytes that are no frame. Carries what was wrong, never the bytes: they may hold a tenant's input. It has no stack
 * trace, since a peer that sends garbage should not decide how much work it causes.
 */
public final class FrameException extends Exception {
    private final Reason reason;
    private final FrameType type;

    FrameException(Reason reason, FrameType type) {
        super(type == null ? reason.toString() : reason + " in " + type, null, false, false);
        this.reason = reason;
        this.type = type;
    }

    public Reason reason() {
        return reason;
    }

    /** The frame's type, null if the header was refused already. */
    public FrameType type() {
        return type;
    }

    /** What was wrong. */
    public enum Reason {
        /** Shorter than a header, longer than the maximum or not a multiple of eight. */
        LENGTH,
        /** Fewer bytes than the frame's own length says, where a whole frame was due. */
        TRUNCATED,
        UNKNOWN_TYPE,
        /** A type that does not travel in this direction. */
        WRONG_DIRECTION,
        /** A reserved field or padding byte that is not zero. */
        RESERVED,
        /** The payload is not as long as its type and counts demand. */
        PAYLOAD_LENGTH,
        /** A field outside its range. */
        VALUE
    }
}
