// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.vnc;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.zip.Inflater;

/** Tight and TightPNG without what loses colours: a client that names no quality is never sent JPEG. */
final class TightDecoder {
    private static final int STREAMS = 4;
    private static final int FILL = 8;
    private static final int PNG = 10;
    private static final int HAS_FILTER = 4;
    private static final int FILTER_COPY = 0;
    private static final int FILTER_PALETTE = 1;
    private static final int UNCOMPRESSED_BELOW = 12;

    private final PixelFormat format;
    private final Inflater[] streams = new Inflater[STREAMS];

    TightDecoder(PixelFormat format) {
        this.format = format;
        for (int index = 0; index < STREAMS; index++) {
            streams[index] = new Inflater();
        }
    }

    void decode(DataInputStream in, Encoding encoding, RectangleDecoder.Place at, Picture picture) throws IOException {
        int control = in.readUnsignedByte();
        for (int index = 0; index < STREAMS; index++) {
            if ((control >>> index & 1) != 0) {
                streams[index].reset();
            }
        }
        int kind = control >>> 4;
        if (kind == FILL) {
            picture.fill(at.x(), at.y(), at.w(), at.h(), format.readTight(in));
        } else if (kind == PNG && encoding == Encoding.TIGHT_PNG) {
            RectangleDecoder.png(in.readNBytes(compactLength(in)), format, at, picture);
        } else if (kind < FILL && encoding == Encoding.TIGHT) {
            basic(in, kind, at, picture);
        } else {
            throw new IOException("compression " + kind + " in " + encoding);
        }
    }

    private void basic(DataInputStream in, int kind, RectangleDecoder.Place at, Picture picture) throws IOException {
        Inflater stream = streams[kind & STREAMS - 1];
        int filter = (kind & HAS_FILTER) != 0 ? in.readUnsignedByte() : FILTER_COPY;
        if (filter == FILTER_PALETTE) {
            int[] palette = new int[in.readUnsignedByte() + 1];
            for (int index = 0; index < palette.length; index++) {
                palette[index] = format.readTight(in);
            }
            palette(in, stream, palette, at, picture);
        } else if (filter == FILTER_COPY) {
            DataInputStream pixels = data(in, stream, Math.multiplyExact(at.area(), format.tightBytes()));
            for (int index = 0; index < at.area(); index++) {
                picture.set(at.x() + index % at.w(), at.y() + index / at.w(), format.readTight(pixels));
            }
        } else {
            throw new IOException("filter " + filter);
        }
    }

    private static void palette(
            DataInputStream in, Inflater stream, int[] palette, RectangleDecoder.Place at, Picture picture)
            throws IOException {
        boolean bitmap = palette.length == 2;
        int rowBytes = bitmap ? (at.w() + 7) / Byte.SIZE : at.w();
        byte[] indices = data(in, stream, rowBytes * at.h()).readAllBytes();
        for (int row = 0; row < at.h(); row++) {
            for (int column = 0; column < at.w(); column++) {
                int index = bitmap
                        ? indices[row * rowBytes + column / 8] >>> 7 - column % 8 & 1
                        : indices[row * rowBytes + column] & 0xff;
                picture.set(at.x() + column, at.y() + row, palette[index]);
            }
        }
    }

    private static DataInputStream data(DataInputStream in, Inflater stream, int size) throws IOException {
        if (size < UNCOMPRESSED_BELOW) {
            return new DataInputStream(new ByteArrayInputStream(in.readNBytes(size)));
        }
        DataInputStream data = RectangleDecoder.inflate(stream, in.readNBytes(compactLength(in)));
        if (data.available() != size) {
            throw new IOException(data.available() + " bytes instead of " + size);
        }
        return data;
    }

    private static int compactLength(DataInputStream in) throws IOException {
        int length = 0;
        for (int shift = 0; shift <= 14; shift += 7) {
            int next = in.readUnsignedByte();
            length |= (shift == 14 ? next : next & 0x7f) << shift;
            if (next < 0x80) {
                break;
            }
        }
        return length;
    }
}
