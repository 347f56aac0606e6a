// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

import java.util.zip.Deflater;

/** What Tight keeps of a client: a zlib stream for each kind of data. Streams that are never used take no memory. */
public final class TightStreams implements AutoCloseable {
    static final int FULL_COLOUR = 0;
    static final int TWO_COLOURS = 1;
    static final int PALETTE = 2;

    /** Pixels among which no search for repetitions pays. */
    static final int NOISE = 3;

    private static final int COUNT = 4;

    private final ZlibStream[] streams = new ZlibStream[COUNT];

    ZlibStream stream(int number) {
        if (streams[number] == null) {
            streams[number] = new ZlibStream(number == NOISE ? Deflater.HUFFMAN_ONLY : Deflater.DEFAULT_STRATEGY);
        }
        return streams[number];
    }

    @Override
    public void close() {
        for (ZlibStream stream : streams) {
            if (stream != null) {
                stream.close();
            }
        }
    }
}
