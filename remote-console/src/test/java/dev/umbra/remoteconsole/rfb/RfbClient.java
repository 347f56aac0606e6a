// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.rfb.encoding.Encodings;
import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A small RFB client that remembers everything it was told. */
public final class RfbClient {
    private final DataInputStream in;
    private final OutputStream out;
    private final PixelFormat format;
    private ClientPicture picture;
    private RectangleDecoder decoder;
    String name = "";
    int leds = -1;
    boolean extendedKey;
    int sizeReason = -1;
    int sizeStatus = -1;
    long copies;
    long pixelRectangles;
    long bytesOfUpdates;
    final List<byte[]> others = new ArrayList<>();

    public RfbClient(InputStream in, OutputStream out, PixelFormat format) {
        this.in = new DataInputStream(in);
        this.out = out;
        this.format = format;
    }

    /** The handshake with security type None. */
    public void open(int... encodings) throws IOException {
        if (!new String(in.readNBytes(12), StandardCharsets.US_ASCII).equals("RFB 003.008\n")) {
            throw new IOException("not RFB 3.8");
        }
        out.write("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
        byte[] types = in.readNBytes(in.readUnsignedByte());
        if (types.length == 0 || types[types.length - 1] != 1 && types[0] != 1) {
            throw new IOException("None is not offered");
        }
        out.write(1);
        if (in.readInt() != 0) {
            throw new IOException("refused");
        }
        initialise(encodings);
    }

    /** From the client's initialisation message on. */
    public void initialise(int... encodings) throws IOException {
        out.write(1);
        int width = in.readUnsignedShort();
        int height = in.readUnsignedShort();
        in.readNBytes(PixelFormat.SIZE);
        name = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
        picture = new ClientPicture(format, width, height);
        decoder = new RectangleDecoder(picture);
        ByteBuf message = Unpooled.buffer();
        message.writeInt(0);
        format.write(message);
        send(message);
        encodings(encodings);
    }

    public void encodings(int... encodings) throws IOException {
        ByteBuf message = Unpooled.buffer().writeByte(2).writeByte(0).writeShort(encodings.length);
        for (int encoding : encodings) {
            message.writeInt(encoding);
        }
        send(message);
    }

    public void request(boolean incremental) throws IOException {
        send(Unpooled.buffer()
                .writeByte(3)
                .writeBoolean(incremental)
                .writeInt(0)
                .writeShort(picture.width())
                .writeShort(picture.height()));
    }

    void send(ByteBuf message) throws IOException {
        out.write(ByteBufUtil.getBytes(message));
        out.flush();
    }

    ClientPicture picture() {
        return picture;
    }

    /** Rectangles that came as JPEG. */
    int jpegTiles() {
        return decoder.jpegTiles();
    }

    /** Reads messages until an update has come. */
    public void awaitUpdate() throws IOException {
        while (!readMessage()) {
            // others are remembered
        }
    }

    /** Reads one message; true when it was an update. */
    boolean readMessage() throws IOException {
        int type = in.readUnsignedByte();
        switch (type) {
            case 0 -> {
                update();
                return true;
            }
            case 1 -> {
                in.readNBytes(3);
                others.add(in.readNBytes(6 * in.readUnsignedShort()));
            }
            case 3 -> {
                in.readNBytes(3);
                others.add(in.readNBytes(Math.abs(in.readInt())));
            }
            case 150 -> others.add(new byte[] {(byte) 150});
            case 248 -> {
                byte[] head = in.readNBytes(8);
                byte[] payload = in.readNBytes(head[7]);
                others.add(ByteBufUtil.getBytes(Unpooled.wrappedBuffer(new byte[] {(byte) 248}, head, payload)));
            }
            case 250 -> others.add(in.readNBytes(3));
            default -> throw new IOException("unexpected message " + type);
        }
        return false;
    }

    private void update() throws IOException {
        in.readByte();
        int count = in.readUnsignedShort();
        for (int index = 0; count == 0xffff || index < count; index++) {
            int x = in.readUnsignedShort();
            int y = in.readUnsignedShort();
            int w = in.readUnsignedShort();
            int h = in.readUnsignedShort();
            int encoding = in.readInt();
            if (encoding == Encodings.LAST_RECT) {
                return;
            }
            rectangle(x, y, w, h, encoding);
        }
    }

    private void rectangle(int x, int y, int w, int h, int encoding) throws IOException {
        switch (encoding) {
            case Encodings.DESKTOP_SIZE -> picture.resize(w, h);
            case Encodings.EXTENDED_DESKTOP_SIZE -> {
                int screens = in.readUnsignedByte();
                in.readNBytes(3 + 16 * screens);
                sizeReason = x;
                sizeStatus = y;
                if (y == 0 && (w != picture.width() || h != picture.height())) {
                    picture.resize(w, h);
                }
            }
            case Encodings.DESKTOP_NAME -> name = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
            case Encodings.CURSOR -> in.readNBytes(w * h * format.bytesPerPixel() + (w + 7) / 8 * h);
            case Encodings.QEMU_EXTENDED_KEY -> extendedKey = true;
            case Encodings.QEMU_LED_STATE -> leds = in.readUnsignedByte();
            case Encodings.VMWARE_LED_STATE -> leds = in.readInt();
            default -> {
                if (encoding == Encodings.COPY_RECT) {
                    copies++;
                } else {
                    pixelRectangles++;
                }
                decoder.decode(in, x, y, w, h, encoding);
            }
        }
    }
}
