// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

/** What Tight keeps of a client: a zlib stream for each kind of data. Streams that are never used take no memory. */
public final class TightStreams {
    static final int FULL_COLOUR = 0;
    static final int TWO_COLOURS = 1;
    static final int PALETTE = 2;

    private static final int COUNT = 3;

    private final ZlibStream[] streams = new ZlibStream[COUNT];

    ZlibStream stream(int number) {
        if (streams[number] == null) {
            streams[number] = new ZlibStream();
        }
        return streams[number];
    }
}
