// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.terminal;

import java.nio.charset.StandardCharsets;

/** A console one can type on. */
public interface Terminal extends AutoCloseable {
    void type(byte[] characters);

    default void type(String text) {
        type(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Transcript transcript();

    @Override
    void close();
}
