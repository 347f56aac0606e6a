// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

/** Arrays that encoders work in. Of no session in particular: taken for one update and given back. */
public final class EncodingScratch {
    /** Pixels of a block, at most. */
    public static final int PIXELS_MAXIMUM = 64 << 10;

    private static final int TILE_MAXIMUM = 64 * 64;
    private static final int BYTES_INITIAL = PIXELS_MAXIMUM;

    final int[] translated = new int[PIXELS_MAXIMUM];
    final int[] tile = new int[TILE_MAXIMUM];
    final Palette palette = new Palette();
    final DeflateBlock block = new DeflateBlock();
    final ByteSink plain = new ByteSink(BYTES_INITIAL);
    private final int[] pixels = new int[PIXELS_MAXIMUM];
    private final ByteSink output = new ByteSink(BYTES_INITIAL);

    /** The pixels to encode, {@code 0x00RRGGBB}. */
    public int[] pixels() {
        return pixels;
    }

    /** What is to be sent. */
    public ByteSink output() {
        return output;
    }
}
