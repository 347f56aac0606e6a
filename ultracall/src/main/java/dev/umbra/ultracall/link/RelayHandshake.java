// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import dev.umbra.ultracall.Protocol;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

/**
 * The preamble of the relayed stream. Bytes of an earlier conversation may still be on their way in both directions,
 * so both sides discard everything up to a nonce chosen anew. Of several preambles only the last one's answer counts:
 * by then the relay has opened the device for the last time.
 */
final class RelayHandshake {
    static final int SIZE = Protocol.RELAY_MAGIC.length() + Protocol.RELAY_NONCE_SIZE;

    private final SecureRandom random = new SecureRandom();
    private final byte[] preamble = new byte[SIZE];
    private final byte[] window = new byte[SIZE];
    private int filled;

    RelayHandshake() {
        byte[] magic = Protocol.RELAY_MAGIC.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(magic, 0, preamble, 0, magic.length);
    }

    /** A preamble with a new nonce; answers to earlier ones no longer count. */
    byte[] next() {
        byte[] nonce = new byte[Protocol.RELAY_NONCE_SIZE];
        random.nextBytes(nonce);
        System.arraycopy(nonce, 0, preamble, Protocol.RELAY_MAGIC.length(), nonce.length);
        return preamble.clone();
    }

    /** A new connection: nothing has been received. */
    void reset() {
        filled = 0;
    }

    /**
     * Consumes bytes up to the end of the answer.
     *
     * @return whether the answer is complete; the rest of the bytes is left
     */
    boolean answered(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            if (filled == SIZE) {
                System.arraycopy(window, 1, window, 0, SIZE - 1);
                filled--;
            }
            window[filled++] = bytes.get();
            if (filled == SIZE && java.util.Arrays.equals(window, preamble)) {
                return true;
            }
        }
        return false;
    }
}
