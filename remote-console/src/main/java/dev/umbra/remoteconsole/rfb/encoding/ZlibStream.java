// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

import java.util.zip.Deflater;

/**
 * A zlib stream that lives as long as its client; the client's inflater keeps the dictionary. One thread at a time.
 *
 * <p>A call that changes the level compresses without flushing, whatever flush it is given; another one has to follow.
 */
public final class ZlibStream implements AutoCloseable {
    private static final int MARGIN = 64;

    private final Deflater deflater = new Deflater();
    private int level = Deflater.DEFAULT_COMPRESSION;

    /**
     * Compresses so that the client can decompress all of it now.
     *
     * @param newLevel 0 to 9
     */
    void compress(byte[] plain, int length, int newLevel, ByteSink out) {
        boolean unflushed = newLevel != level;
        if (unflushed) {
            level = newLevel;
            deflater.setLevel(newLevel);
        }
        deflater.setInput(plain, 0, length);
        while (true) {
            out.reserve(length / 2 + MARGIN);
            int room = out.array().length - out.length();
            int produced = deflater.deflate(out.array(), out.length(), room, Deflater.SYNC_FLUSH);
            out.advance(produced);
            if (produced < room && !unflushed) {
                return;
            }
            unflushed = false;
        }
    }

    @Override
    public void close() {
        deflater.end();
    }
}
