// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.vnc;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import javax.imageio.ImageIO;

/** Draws the rectangles of one connection. Whatever does not fit the specification ends it with an exception. */
final class RectangleDecoder {
    /** Where a rectangle belongs. */
    record Place(int x, int y, int w, int h) {
        int area() {
            return w * h;
        }
    }

    private static final int HEXTILE = 16;
    private static final int ZRLE_TILE = 64;

    private final PixelFormat format;
    private final TightDecoder tight;
    private final Inflater zrleStream = new Inflater();

    RectangleDecoder(PixelFormat format) {
        this.format = format;
        this.tight = new TightDecoder(format);
    }

    void decode(DataInputStream in, Encoding encoding, Place at, Picture picture) throws IOException {
        switch (encoding) {
            case RAW -> raw(in, at, picture);
            case COPY_RECT ->
                picture.copyWithin(in.readUnsignedShort(), in.readUnsignedShort(), at.x(), at.y(), at.w(), at.h());
            case HEXTILE -> hextile(in, at, picture);
            case ZRLE -> zrle(in, at, picture);
            case TIGHT, TIGHT_PNG -> tight.decode(in, encoding, at, picture);
            default -> throw new IOException("a rectangle of " + encoding);
        }
    }

    private void raw(DataInputStream in, Place at, Picture picture) throws IOException {
        DataInputStream pixels = new DataInputStream(
                new ByteArrayInputStream(in.readNBytes(Math.multiplyExact(at.area(), format.bytesPerPixel()))));
        for (int index = 0; index < at.area(); index++) {
            picture.set(at.x() + index % at.w(), at.y() + index / at.w(), format.read(pixels));
        }
    }

    private void hextile(DataInputStream in, Place at, Picture picture) throws IOException {
        int background = 0;
        int foreground = 0;
        for (int top = 0; top < at.h(); top += HEXTILE) {
            for (int left = 0; left < at.w(); left += HEXTILE) {
                Place tile = tile(at, left, top, HEXTILE);
                int kind = in.readUnsignedByte();
                if ((kind & 1) != 0) {
                    raw(in, tile, picture);
                    continue;
                }
                if ((kind & 2) != 0) {
                    background = format.read(in);
                }
                if ((kind & 4) != 0) {
                    foreground = format.read(in);
                }
                picture.fill(tile.x(), tile.y(), tile.w(), tile.h(), background);
                int parts = (kind & 8) != 0 ? in.readUnsignedByte() : 0;
                for (int part = 0; part < parts; part++) {
                    int colour = (kind & 16) != 0 ? format.read(in) : foreground;
                    int corner = in.readUnsignedByte();
                    int size = in.readUnsignedByte();
                    picture.fill(
                            tile.x() + (corner >>> 4),
                            tile.y() + (corner & 0xf),
                            (size >>> 4) + 1,
                            (size & 0xf) + 1,
                            colour);
                }
            }
        }
    }

    private static Place tile(Place at, int left, int top, int size) {
        return new Place(at.x() + left, at.y() + top, Math.min(size, at.w() - left), Math.min(size, at.h() - top));
    }

    private void zrle(DataInputStream in, Place at, Picture picture) throws IOException {
        DataInputStream tiles = inflate(zrleStream, in.readNBytes(in.readInt()));
        for (int top = 0; top < at.h(); top += ZRLE_TILE) {
            for (int left = 0; left < at.w(); left += ZRLE_TILE) {
                zrleTile(tiles, tile(at, left, top, ZRLE_TILE), picture);
            }
        }
        if (tiles.available() > 0) {
            throw new IOException(tiles.available() + " bytes behind the last tile");
        }
    }

    private void zrleTile(DataInputStream in, Place tile, Picture picture) throws IOException {
        int kind = in.readUnsignedByte();
        if (kind == 0) {
            for (int index = 0; index < tile.area(); index++) {
                put(picture, tile, index, format.readCompressed(in));
            }
        } else if (kind == 128) {
            runs(in, tile, picture, null);
        } else {
            int[] palette = new int[kind & 127];
            for (int index = 0; index < palette.length; index++) {
                palette[index] = format.readCompressed(in);
            }
            if (kind > 129) {
                runs(in, tile, picture, palette);
            } else if (kind <= 16) {
                packed(in, tile, picture, palette);
            } else {
                throw new IOException("a tile of kind " + kind);
            }
        }
    }

    private static void packed(DataInputStream in, Place tile, Picture picture, int[] palette) throws IOException {
        int bits = palette.length == 1 ? 0 : palette.length == 2 ? 1 : palette.length <= 4 ? 2 : 4;
        for (int row = 0; row < tile.h(); row++) {
            int left = 0;
            int indices = 0;
            for (int column = 0; column < tile.w(); column++) {
                if (bits > 0 && left == 0) {
                    indices = in.readUnsignedByte();
                    left = Byte.SIZE;
                }
                left -= bits;
                int index = indices >>> left & (1 << bits) - 1;
                picture.set(tile.x() + column, tile.y() + row, palette[index]);
            }
        }
    }

    private void runs(DataInputStream in, Place tile, Picture picture, int[] palette) throws IOException {
        int index = 0;
        while (index < tile.area()) {
            int choice = palette == null ? -1 : in.readUnsignedByte();
            int colour = palette == null ? format.readCompressed(in) : palette[choice & 127];
            int length = 1;
            if (palette == null || choice > 127) {
                int more;
                do {
                    more = in.readUnsignedByte();
                    length += more;
                } while (more == 255);
            }
            if (length > tile.area() - index) {
                throw new IOException("a run beyond its tile");
            }
            for (int end = index + length; index < end; index++) {
                put(picture, tile, index, colour);
            }
        }
    }

    private static void put(Picture picture, Place tile, int index, int colour) {
        picture.set(tile.x() + index % tile.w(), tile.y() + index / tile.w(), colour);
    }

    /** All that a stream has to say to so much input. */
    static DataInputStream inflate(Inflater stream, byte[] input) throws IOException {
        ByteArrayOutputStream output = new ByteArrayOutputStream(input.length * 4);
        byte[] buffer = new byte[1 << 16];
        stream.setInput(input);
        try {
            int length;
            while ((length = stream.inflate(buffer)) > 0) {
                output.write(buffer, 0, length);
            }
        } catch (DataFormatException wrong) {
            throw new IOException("compressed data are damaged", wrong);
        }
        return new DataInputStream(new ByteArrayInputStream(output.toByteArray()));
    }

    /** A PNG that stands for a rectangle, in colours the client has. */
    static void png(byte[] image, PixelFormat format, Place at, Picture picture) throws IOException {
        Picture part = Picture.of(ImageIO.read(new ByteArrayInputStream(image))).mapped(format::nearest);
        if (part.width() != at.w() || part.height() != at.h()) {
            throw new IOException("a PNG of another size than its rectangle");
        }
        for (int index = 0; index < at.area(); index++) {
            put(picture, at, index, part.get(index % at.w(), index / at.w()));
        }
    }
}
