// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.vnc;

/** Encodings of rectangles, with their numbers (RFC 6143, section 7.7, and the community's RFB specification). */
public enum Encoding {
    RAW(0),
    COPY_RECT(1),
    HEXTILE(5),
    TIGHT(7),
    ZRLE(16),
    TIGHT_PNG(-260),
    DESKTOP_SIZE(-223),
    LAST_RECT(-224),
    EXTENDED_KEY_EVENT(-258);

    private final int number;

    Encoding(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    static Encoding of(int number) {
        for (Encoding encoding : values()) {
            if (encoding.number == number) {
                return encoding;
            }
        }
        throw new IllegalArgumentException("a rectangle in encoding " + number + ", which nobody asked for");
    }
}
