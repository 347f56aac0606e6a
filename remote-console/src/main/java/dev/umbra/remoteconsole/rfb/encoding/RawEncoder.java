// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

/** Raw (RFC 6143, section 7.7.1): pixel after pixel. */
public final class RawEncoder implements RectangleEncoder {
    private final PixelTranslator translator;

    public RawEncoder(PixelFormat format) {
        translator = PixelTranslator.forPixels(format);
    }

    @Override
    public int number() {
        return Encodings.RAW;
    }

    @Override
    public int blockWidth() {
        return 1024;
    }

    @Override
    public int blockHeight() {
        return 64;
    }

    @Override
    public void encode(EncodingScratch scratch, int width, int height, ByteSink out) {
        int count = width * height;
        out.putPixels(translator.translate(scratch.pixels(), count, scratch.translated), 0, count, translator.bytes());
    }
}
