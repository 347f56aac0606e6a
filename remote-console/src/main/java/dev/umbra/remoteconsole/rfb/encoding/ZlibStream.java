// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

import java.util.zip.Deflater;

/**
 * A zlib stream that lives as long as its client; the client's inflater keeps the dictionary. One thread at a time.
 *
 * <p>The level is changed by a call of its own, without input: a call that changes it compresses with the old level, does not flush,
 * and is without effect when its output has no room.
 */
public final class ZlibStream implements AutoCloseable {
    private static final int MARGIN = 64;

    private final Deflater deflater = new Deflater();
    private int level = Deflater.DEFAULT_COMPRESSION;

    /** A stream for data of any kind. */
    public ZlibStream() {}

    /** @param strategy one of those of {@link Deflater} */
    ZlibStream(int strategy) {
        deflater.setStrategy(strategy);
    }

    /**
     * Compresses so that the client can decompress all of it now.
     *
     * @param newLevel 0 to 9
     */
    void compress(byte[] plain, int length, int newLevel, ByteSink out) {
        if (newLevel != level) {
            level = newLevel;
            deflater.setLevel(newLevel);
            flush(MARGIN, out);
        }
        deflater.setInput(plain, 0, length);
        flush(length / 2 + MARGIN, out);
    }

    private void flush(int likely, ByteSink out) {
        int room;
        int produced;
        do {
            out.reserve(likely);
            room = out.array().length - out.length();
            produced = deflater.deflate(out.array(), out.length(), room, Deflater.SYNC_FLUSH);
            out.advance(produced);
        } while (produced == room);
    }

    @Override
    public void close() {
        deflater.end();
    }
}
