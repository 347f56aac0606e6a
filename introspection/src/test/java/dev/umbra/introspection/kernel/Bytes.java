// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Little-endian bytes, one after the other. */
final class Bytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    int size() {
        return bytes.size();
    }

    Bytes u8(int value) {
        bytes.write(value);
        return this;
    }

    Bytes u16(int value) {
        return u8(value).u8(value >>> 8);
    }

    Bytes u32(long value) {
        return u16((int) value).u16((int) (value >>> 16));
    }

    Bytes u64(long value) {
        return u32(value).u32(value >>> 32);
    }

    Bytes text(String text) {
        bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        return u8(0);
    }

    Bytes all(byte[] more) {
        bytes.writeBytes(more);
        return this;
    }

    Bytes align(int alignment) {
        while (size() % alignment != 0) {
            u8(0);
        }
        return this;
    }

    byte[] toArray() {
        return bytes.toByteArray();
    }
}
