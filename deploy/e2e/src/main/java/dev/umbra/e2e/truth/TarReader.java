// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.truth;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.BiConsumer;

/** Reads what {@code ground-truth} writes: files and links with headers of GNU tar. */
final class TarReader {
    private static final int BLOCK = 512;
    private static final int NAME = 0;
    private static final int NAME_LENGTH = 100;
    private static final int SIZE = 124;
    private static final int SIZE_LENGTH = 12;
    private static final int TYPE = 156;
    private static final int TARGET = 157;

    private final byte[] archive;

    TarReader(byte[] archive) {
        this.archive = archive;
    }

    void forEach(BiConsumer<String, byte[]> file, BiConsumer<String, String> link) {
        String longName = null;
        String longTarget = null;
        int at = 0;
        while (at + BLOCK <= archive.length && archive[at] != 0) {
            int size = Integer.parseInt(text(at + SIZE, SIZE_LENGTH).strip(), 8);
            byte[] content = Arrays.copyOfRange(archive, at + BLOCK, at + BLOCK + size);
            String name = longName == null ? text(at + NAME, NAME_LENGTH) : longName;
            switch (archive[at + TYPE]) {
                case 'L' -> longName = new String(content, 0, size - 1, StandardCharsets.UTF_8);
                case 'K' -> longTarget = new String(content, 0, size - 1, StandardCharsets.UTF_8);
                case '2' -> {
                    link.accept(name, longTarget == null ? text(at + TARGET, NAME_LENGTH) : longTarget);
                    longName = null;
                    longTarget = null;
                }
                default -> {
                    file.accept(name, content);
                    longName = null;
                }
            }
            at += BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
        }
    }

    private String text(int from, int length) {
        int end = from;
        while (end < from + length && archive[end] != 0) {
            end++;
        }
        return new String(archive, from, end - from, StandardCharsets.UTF_8);
    }
}
