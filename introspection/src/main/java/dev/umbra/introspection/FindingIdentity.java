// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/**
 * What makes two sights one finding: the same thing, about the same VM.
 *
 * @param subject what within the VM it is about; empty if the kind says all
 */
public record FindingIdentity(FindingKind kind, FindingScope scope, String subject) {
    private static final int ID_BYTES = 8;

    public FindingIdentity {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(scope, "scope");
        Objects.requireNonNull(subject, "subject");
    }

    /** A short name for interfaces: 16 hexadecimal digits that follow from the identity alone. */
    public String id() {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, ID_BYTES);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException(missing);
        }
    }
}
