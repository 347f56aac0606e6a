// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices;

import java.util.Objects;

/**
 * A saved device state was refused.
 *
 * <p>Saved state is hostile input: it may have been stored by another version, cut short, or forged. Nothing of a refused state
 * has been applied. The message names the field at fault and never its content, which may be what a tenant typed.
 */
public final class DeviceStateException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Reason reason;

    /** Why a state was refused. */
    public enum Reason {
        /** There are fewer bytes than the state needs. */
        TRUNCATED,
        /** The bytes are not the state of this kind of device. */
        WRONG_DEVICE,
        /** The layout has a version that this program does not know. */
        UNSUPPORTED_VERSION,
        /** Bits or bytes that must be zero are not. */
        RESERVED_NOT_ZERO,
        /** A field has a value that the device never holds. */
        OUT_OF_RANGE,
        /** Fields that are valid each by itself cannot occur together. */
        CONTRADICTION
    }

    /**
     * @param reason the category
     * @param field what is at fault, in words, without its content
     */
    public DeviceStateException(Reason reason, String field) {
        super("Device state refused, " + Objects.requireNonNull(reason) + ": " + field);
        this.reason = reason;
    }

    /** The category. */
    public Reason reason() {
        return reason;
    }
}
