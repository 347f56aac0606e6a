// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.enrolment;

import java.security.SecureRandom;
import java.util.HexFormat;

/** A new one-time secret, shown once as 64 hexadecimal digits and kept only as its hash. */
public final class EnrolmentSecret {
    static final int LENGTH = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] bytes;

    private EnrolmentSecret(byte[] bytes) {
        this.bytes = bytes;
    }

    public static EnrolmentSecret create() {
        byte[] bytes = new byte[LENGTH];
        RANDOM.nextBytes(bytes);
        return new EnrolmentSecret(bytes);
    }

    /** For the one who asked for it, once. */
    public String reveal() {
        return HexFormat.of().formatHex(bytes);
    }

    public SecretHash hash() {
        return SecretHash.of(bytes);
    }

    @Override
    public String toString() {
        return "EnrolmentSecret";
    }
}
