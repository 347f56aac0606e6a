// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

/**
 * A piece of a console's past.
 *
 * @param offset absolute offset of the first byte
 * @param bytes the bytes, oldest first; owned by the receiver
 */
public record ScrollBack(long offset, byte[] bytes) {
    @Override
    public String toString() {
        return "ScrollBack[offset=" + offset + ", length=" + bytes.length + "]";
    }
}
