// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.rfb.encoding.Encodings;
import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a client has said it wants and understands.
 *
 * @param format of pixels
 * @param encodings in the client's order of preference, pseudo-encodings included
 */
record ClientSettings(PixelFormat format, Set<Integer> encodings) {
    private static final int QUALITY_STEPS = 9;
    private static final int DEFAULT_COMPRESSION = 6;
    private static final List<Integer> PIXEL_ENCODINGS =
            List.of(Encodings.RAW, Encodings.HEXTILE, Encodings.ZRLE, Encodings.TIGHT, Encodings.TIGHT_PNG);

    static final ClientSettings INITIAL = new ClientSettings(PixelFormat.NATIVE, Set.of());

    ClientSettings withFormat(PixelFormat newFormat) {
        return new ClientSettings(newFormat, encodings);
    }

    ClientSettings withEncodings(int[] newEncodings) {
        Set<Integer> inOrder = new LinkedHashSet<>();
        Arrays.stream(newEncodings).forEach(inOrder::add);
        return new ClientSettings(format, inOrder);
    }

    boolean has(int encoding) {
        return encodings.contains(encoding);
    }

    /** The preferred encoding of pixels. Tight needs 8-bit colours or whole pixels, which every format has. */
    int pixelEncoding() {
        return encodings.stream().filter(PIXEL_ENCODINGS::contains).findFirst().orElse(Encodings.RAW);
    }

    /** From 0 to 9; negative when the client does not accept losses. */
    int jpegQuality() {
        return level(Encodings.JPEG_QUALITY_LOWEST, -1);
    }

    /** From 0 to 9. */
    int compression() {
        return level(Encodings.COMPRESSION_LOWEST, DEFAULT_COMPRESSION);
    }

    boolean followsSize() {
        return has(Encodings.DESKTOP_SIZE) || has(Encodings.EXTENDED_DESKTOP_SIZE);
    }

    private int level(int lowest, int otherwise) {
        return encodings.stream()
                .filter(encoding -> encoding >= lowest && encoding <= lowest + QUALITY_STEPS)
                .findFirst()
                .map(encoding -> encoding - lowest)
                .orElse(otherwise);
    }
}
