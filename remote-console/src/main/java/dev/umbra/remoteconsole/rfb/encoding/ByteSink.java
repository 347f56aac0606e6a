// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Bytes being written into an array that grows when it must and is used again. Numbers are big-endian, pixels lowest byte first. */
public final class ByteSink {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private byte[] bytes;
    private int length;

    public ByteSink(int capacity) {
        bytes = new byte[capacity];
    }

    public void clear() {
        length = 0;
    }

    public int length() {
        return length;
    }

    /** The array written into; another after it has grown. */
    public byte[] array() {
        return bytes;
    }

    /** Makes room for at least so many more bytes. */
    public void reserve(int count) {
        if (bytes.length - length < count) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + count));
        }
    }

    /** Takes {@code count} bytes as written that were put into {@link #array} directly. */
    public void advance(int count) {
        length += count;
    }

    /** Forgets what was written after that length. */
    public void truncate(int newLength) {
        length = newLength;
    }

    public void put(int value) {
        reserve(1);
        bytes[length++] = (byte) value;
    }

    public void putShort(int value) {
        reserve(2);
        bytes[length++] = (byte) (value >>> 8);
        bytes[length++] = (byte) value;
    }

    public void putInt(int value) {
        putShort(value >>> 16);
        putShort(value);
    }

    /** Writes a number over one written before. */
    public void setInt(int position, int value) {
        bytes[position] = (byte) (value >>> 24);
        bytes[position + 1] = (byte) (value >>> 16);
        bytes[position + 2] = (byte) (value >>> 8);
        bytes[position + 3] = (byte) value;
    }

    public void set(int position, int value) {
        bytes[position] = (byte) value;
    }

    public void put(byte[] source, int offset, int count) {
        reserve(count);
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
    }

    /** One pixel of one to four bytes. */
    public void putPixel(int pixel, int size) {
        reserve(Integer.BYTES);
        INT.set(bytes, length, pixel);
        length += size;
    }

    /** Pixels of one to four bytes each. */
    public void putPixels(int[] pixels, int offset, int count, int size) {
        reserve(count * size + Integer.BYTES);
        byte[] target = bytes;
        int at = length;
        if (size == 1) {
            for (int index = 0; index < count; index++) {
                target[at + index] = (byte) pixels[offset + index];
            }
        } else {
            for (int index = 0; index < count; index++) {
                INT.set(target, at + index * size, pixels[offset + index]);
            }
        }
        length = at + count * size;
    }
}
