// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * VncAuth (RFC 6143, section 7.2.2): sixteen random bytes that the client has encrypted by DES with at most eight characters of a
 * password. Weak: whoever listens can try all short passwords at leisure. For clients that know nothing else, on trusted networks.
 */
public final class VncChallenge {
    /** Bytes of a challenge and of an answer. */
    static final int SIZE = 16;

    private static final int KEY_SIZE = 8;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] challenge = new byte[SIZE];
    private final byte[] answer = new byte[SIZE];

    VncChallenge() {
        RANDOM.nextBytes(challenge);
    }

    byte[] challenge() {
        return challenge.clone();
    }

    void answer(byte[] bytes) {
        System.arraycopy(bytes, 0, answer, 0, SIZE);
    }

    /** Whether the client knew this password. */
    public boolean isAnsweredWith(char[] password) {
        byte[] key = new byte[KEY_SIZE];
        byte[] characters = new String(password).getBytes(StandardCharsets.ISO_8859_1);
        for (int index = 0; index < Math.min(KEY_SIZE, characters.length); index++) {
            key[index] = (byte) (Integer.reverse(characters[index]) >>> Integer.SIZE - Byte.SIZE);
        }
        try {
            Cipher cipher = Cipher.getInstance("DES/ECB/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "DES"));
            return MessageDigest.isEqual(cipher.doFinal(challenge), answer);
        } catch (GeneralSecurityException unavailable) {
            throw new IllegalStateException("DES is not available", unavailable);
        } finally {
            Arrays.fill(key, (byte) 0);
            Arrays.fill(characters, (byte) 0);
        }
    }
}
