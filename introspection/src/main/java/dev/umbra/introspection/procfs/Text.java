// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The content of one file while it is written. It stops growing at {@link #MAXIMUM}, at the end of a line, whatever a
 * tenant has in its tables.
 */
final class Text {
    /** Bytes of one file. */
    static final int MAXIMUM = 8 << 20;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    private final StringBuilder line = new StringBuilder(128);

    /** Appends to the line. */
    Text add(String part) {
        line.append(part);
        return this;
    }

    Text add(long number) {
        line.append(number);
        return this;
    }

    /** A number, after a space. */
    Text field(long number) {
        line.append(' ').append(number);
        return this;
    }

    /** Lower-case hexadecimal with leading zeros. */
    Text hex(long number, int digits) {
        padded(Long.toHexString(number), digits, '0');
        return this;
    }

    /** Upper-case hexadecimal with leading zeros, as the network tables have it. */
    Text upperHex(long number, int digits) {
        padded(Long.toHexString(number).toUpperCase(java.util.Locale.ROOT), digits, '0');
        return this;
    }

    /** Right-aligned. */
    Text right(String part, int width) {
        padded(part, width, ' ');
        return this;
    }

    Text right(long number, int width) {
        return right(Long.toString(number), width);
    }

    /** Left-aligned. */
    Text left(String part, int width) {
        line.append(part);
        line.repeat(' ', Math.max(0, width - part.length()));
        return this;
    }

    /** Spaces up to a column of the line. */
    Text column(int column) {
        line.repeat(' ', Math.max(0, column - line.length()));
        return this;
    }

    /** Ends the line. */
    Text end() {
        line.append('\n');
        return raw();
    }

    /** Ends without a line feed, as {@code cmdline} does. */
    Text raw() {
        byte[] encoded = line.toString().getBytes(StandardCharsets.UTF_8);
        line.setLength(0);
        if (bytes.size() + encoded.length <= MAXIMUM) {
            bytes.writeBytes(encoded);
        }
        return this;
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }

    /** What procfs does to names within a line (fs/proc/array.c): a line feed and a backslash are written in C. */
    static String escaped(String name) {
        return name.replace("\\", "\\\\").replace("\n", "\\n");
    }

    private void padded(String part, int width, char filler) {
        line.repeat(filler, Math.max(0, width - part.length())).append(part);
    }
}
