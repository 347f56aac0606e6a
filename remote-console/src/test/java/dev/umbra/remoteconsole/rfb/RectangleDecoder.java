// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.rfb.encoding.Encodings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import javax.imageio.ImageIO;

/** Draws rectangles as the standards say, plainly rather than fast. */
final class RectangleDecoder {
    private final ClientPicture picture;
    private int jpegTiles;
    private final Inflater zrle = new Inflater();
    private final Inflater[] tight = {new Inflater(), new Inflater(), new Inflater(), new Inflater()};

    RectangleDecoder(ClientPicture picture) {
        this.picture = picture;
    }

    int jpegTiles() {
        return jpegTiles;
    }

    void decode(DataInputStream in, int x, int y, int w, int h, int encoding) throws IOException {
        switch (encoding) {
            case Encodings.RAW -> raw(in, x, y, w, h);
            case Encodings.COPY_RECT -> picture.copy(in.readUnsignedShort(), in.readUnsignedShort(), x, y, w, h);
            case Encodings.HEXTILE -> hextile(in, x, y, w, h);
            case Encodings.ZRLE -> zrle(in, x, y, w, h);
            case Encodings.TIGHT, Encodings.TIGHT_PNG -> tight(in, x, y, w, h);
            default -> throw new IOException("unexpected encoding " + encoding);
        }
    }

    private void raw(DataInputStream in, int x, int y, int w, int h) throws IOException {
        for (int row = 0; row < h; row++) {
            for (int column = 0; column < w; column++) {
                picture.set(x + column, y + row, picture.pixel(in));
            }
        }
    }

    private void hextile(DataInputStream in, int x, int y, int w, int h) throws IOException {
        int background = 0;
        int foreground = 0;
        for (int top = y; top < y + h; top += 16) {
            for (int left = x; left < x + w; left += 16) {
                int width = Math.min(16, x + w - left);
                int height = Math.min(16, y + h - top);
                int flags = in.readUnsignedByte();
                if ((flags & 1) != 0) {
                    raw(in, left, top, width, height);
                    continue;
                }
                background = (flags & 2) != 0 ? picture.pixel(in) : background;
                foreground = (flags & 4) != 0 ? picture.pixel(in) : foreground;
                picture.fill(left, top, width, height, background);
                int count = (flags & 8) != 0 ? in.readUnsignedByte() : 0;
                for (int index = 0; index < count; index++) {
                    int colour = (flags & 16) != 0 ? picture.pixel(in) : foreground;
                    int place = in.readUnsignedByte();
                    int size = in.readUnsignedByte();
                    picture.fill(left + (place >> 4), top + (place & 15), (size >> 4) + 1, (size & 15) + 1, colour);
                }
            }
        }
    }

    private void zrle(DataInputStream in, int x, int y, int w, int h) throws IOException {
        DataInputStream plain = inflated(in.readNBytes(in.readInt()), zrle);
        for (int top = y; top < y + h; top += 64) {
            for (int left = x; left < x + w; left += 64) {
                zrleTile(plain, left, top, Math.min(64, x + w - left), Math.min(64, y + h - top));
            }
        }
        if (plain.read() != -1) {
            throw new IOException("more than the tiles");
        }
    }

    private void zrleTile(DataInputStream in, int x, int y, int w, int h) throws IOException {
        int form = in.readUnsignedByte();
        int colours = form & 127;
        int[] palette = new int[colours];
        for (int index = 0; index < colours; index++) {
            palette[index] = picture.compressedPixel(in);
        }
        if (form == 0) {
            for (int at = 0; at < w * h; at++) {
                picture.set(x + at % w, y + at / w, picture.compressedPixel(in));
            }
        } else if (form == 1) {
            picture.fill(x, y, w, h, palette[0]);
        } else if (form <= 16) {
            int bits = colours == 2 ? 1 : colours <= 4 ? 2 : 4;
            packed(in, x, y, w, h, palette, bits);
        } else if (form >= 128) {
            runs(in, x, y, w, h, palette);
        } else {
            throw new IOException("unexpected form of tile " + form);
        }
    }

    private void packed(DataInputStream in, int x, int y, int w, int h, int[] palette, int bits) throws IOException {
        for (int row = 0; row < h; row++) {
            int packed = 0;
            for (int column = 0; column < w; column++) {
                int place = column * bits % 8;
                packed = place == 0 ? in.readUnsignedByte() : packed;
                picture.set(x + column, y + row, palette[packed >> 8 - bits - place & (1 << bits) - 1]);
            }
        }
    }

    private void runs(DataInputStream in, int x, int y, int w, int h, int[] palette) throws IOException {
        for (int at = 0; at < w * h; ) {
            int index = palette.length == 0 ? 128 : in.readUnsignedByte();
            int colour = palette.length == 0 ? picture.compressedPixel(in) : palette[index & 127];
            int length = 1;
            if (index >= 128) {
                int more;
                do {
                    more = in.readUnsignedByte();
                    length += more;
                } while (more == 255);
            }
            for (int end = at + length; at < end; at++) {
                picture.set(x + at % w, y + at / w, colour);
            }
        }
    }

    private void tight(DataInputStream in, int x, int y, int w, int h) throws IOException {
        int control = in.readUnsignedByte();
        for (int stream = 0; stream < 4; stream++) {
            if ((control >> stream & 1) != 0) {
                tight[stream].reset();
            }
        }
        switch (control >> 4) {
            case 8 -> picture.fill(x, y, w, h, picture.tightPixel(in));
            case 9 -> {
                jpegTiles++;
                image(in.readNBytes(compactLength(in)), x, y, w, h);
            }
            case 10 -> image(in.readNBytes(compactLength(in)), x, y, w, h);
            default -> tightBasic(in, control >> 4, x, y, w, h);
        }
    }

    private void image(byte[] file, int x, int y, int w, int h) throws IOException {
        var image = ImageIO.read(new ByteArrayInputStream(file));
        for (int at = 0; at < w * h; at++) {
            int colour = image.getRGB(at % w, at / w);
            picture.set(x + at % w, y + at / w, picture.value(colour >> 16 & 255, colour >> 8 & 255, colour & 255));
        }
    }

    private void tightBasic(DataInputStream in, int control, int x, int y, int w, int h) throws IOException {
        int filter = (control & 4) != 0 ? in.readUnsignedByte() : 0;
        Inflater stream = tight[control & 3];
        if (filter == 0) {
            DataInputStream plain = tightData(in, w * h * picture.tightPixelSize(), stream);
            for (int at = 0; at < w * h; at++) {
                picture.set(x + at % w, y + at / w, picture.tightPixel(plain));
            }
        } else if (filter == 1) {
            int[] palette = new int[in.readUnsignedByte() + 1];
            for (int index = 0; index < palette.length; index++) {
                palette[index] = picture.tightPixel(in);
            }
            if (palette.length == 2) {
                packed(tightData(in, (w + 7) / 8 * h, stream), x, y, w, h, palette, 1);
            } else {
                packed(tightData(in, w * h, stream), x, y, w, h, palette, 8);
            }
        } else {
            throw new IOException("unexpected filter " + filter);
        }
    }

    private static DataInputStream tightData(DataInputStream in, int length, Inflater stream) throws IOException {
        if (length < 12) {
            return new DataInputStream(new ByteArrayInputStream(in.readNBytes(length)));
        }
        return inflated(in.readNBytes(compactLength(in)), stream);
    }

    private static int compactLength(DataInputStream in) throws IOException {
        int length = 0;
        for (int shift = 0; shift <= 14; shift += 7) {
            int next = in.readUnsignedByte();
            length |= (shift < 14 ? next & 127 : next) << shift;
            if (next < 128) {
                break;
            }
        }
        return length;
    }

    private static DataInputStream inflated(byte[] data, Inflater inflater) throws IOException {
        try {
            inflater.setInput(data);
            ByteArrayOutputStream plain = new ByteArrayOutputStream();
            byte[] buffer = new byte[64 << 10];
            int count;
            while ((count = inflater.inflate(buffer)) > 0) {
                plain.write(buffer, 0, count);
            }
            return new DataInputStream(new ByteArrayInputStream(plain.toByteArray()));
        } catch (DataFormatException malformed) {
            throw new IOException(malformed);
        }
    }
}
