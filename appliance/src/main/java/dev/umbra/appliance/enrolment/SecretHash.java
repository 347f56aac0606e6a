// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.enrolment;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * SHA-256 of an enrolment secret. Secrets are 256 random bits, so a plain hash is as good as a slow one: there is nothing to guess.
 * Equality takes the same time whatever differs.
 */
public final class SecretHash {
    private final byte[] hash;

    private SecretHash(byte[] hash) {
        this.hash = hash;
    }

    public static SecretHash of(byte[] secret) {
        try {
            return new SecretHash(MessageDigest.getInstance("SHA-256").digest(secret));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static SecretHash stored(byte[] hash) {
        return new SecretHash(hash.clone());
    }

    public byte[] bytes() {
        return hash.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SecretHash that && MessageDigest.isEqual(hash, that.hash);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(hash);
    }

    /** Enough to tell two apart in a log, not enough to look one up. */
    @Override
    public String toString() {
        return "SecretHash[" + HexFormat.of().formatHex(hash, 0, 2) + "…]";
    }
}
