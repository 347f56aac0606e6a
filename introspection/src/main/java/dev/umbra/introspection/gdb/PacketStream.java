// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.gdb;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Packets of GDB's remote serial protocol (GDB manual, appendix E.1): {@code $payload#checksum}, acknowledged by {@code +}
 * until both sides agree not to. Payloads that are sent are plain text; what is received may be longer than anything a
 * reader needs, and is then answered like a packet with a wrong checksum.
 */
final class PacketStream {
    /** Characters of a payload. */
    static final int MAXIMUM = 16 << 10;

    private static final int INTERRUPT = 3;

    private final InputStream input;
    private final OutputStream output;
    private final StringBuilder payload = new StringBuilder();
    private boolean acknowledging = true;

    PacketStream(InputStream input, OutputStream output) {
        this.input = input;
        this.output = output;
    }

    /**
     * The next payload.
     *
     * @return null when the other side has closed; {@code "\3"} when it asks to stop
     */
    String receive() throws IOException {
        while (true) {
            int next = input.read();
            if (next < 0) {
                return null;
            }
            if (next == INTERRUPT) {
                return "\3";
            }
            if (next == '$') {
                int good = payload();
                if (good < 0) {
                    return null;
                }
                acknowledge(good > 0);
                if (good > 0) {
                    return payload.toString();
                }
            }
        }
    }

    /** @return 1 if it is complete and its checksum right, 0 if not, -1 at the end of the stream */
    private int payload() throws IOException {
        payload.setLength(0);
        int sum = 0;
        boolean fits = true;
        for (int next = input.read(); next != '#'; next = input.read()) {
            if (next < 0) {
                return -1;
            }
            sum = sum + next & 0xff;
            fits &= payload.length() < MAXIMUM;
            if (fits) {
                payload.append((char) next);
            }
        }
        int high = Character.digit(input.read(), 16);
        int low = Character.digit(input.read(), 16);
        return fits && high >= 0 && low >= 0 && (high << 4 | low) == sum ? 1 : 0;
    }

    private void acknowledge(boolean good) throws IOException {
        if (acknowledging) {
            output.write(good ? '+' : '-');
            output.flush();
        }
    }

    /** From now on nothing is acknowledged: the stream is reliable. */
    void stopAcknowledging() {
        acknowledging = false;
    }

    void send(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        int sum = 0;
        for (byte each : bytes) {
            sum = sum + each & 0xff;
        }
        output.write('$');
        output.write(bytes);
        output.write(String.format("#%02x", sum).getBytes(StandardCharsets.US_ASCII));
        output.flush();
    }
}
