// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.benchmark;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Paints whole pictures on the root window of an X server of 24 bits (X Window System Protocol, version 11). */
final class XServerPainter implements AutoCloseable {
    private static final int FIRST_PORT = 6000;
    private static final int CONTEXT_OFFSET = 1;
    private static final int ROWS = 32;

    private final Socket socket;
    private final OutputStream out;
    private final DataInputStream in;
    private final int root;
    private final int context;

    XServerPainter(int display) throws IOException {
        socket = new Socket("127.0.0.1", FIRST_PORT + display);
        out = socket.getOutputStream();
        in = new DataInputStream(socket.getInputStream());
        ByteBuffer hello = buffer(12);
        hello.put((byte) 'l').put((byte) 0).putShort((short) 11).putShort((short) 0);
        out.write(hello.array());
        byte[] head = in.readNBytes(8);
        ByteBuffer setup = ByteBuffer.wrap(in.readNBytes((head[6] & 0xff | (head[7] & 0xff) << 8) * 4))
                .order(ByteOrder.LITTLE_ENDIAN);
        if (head[0] != 1) {
            throw new IOException("the X server refuses");
        }
        context = setup.getInt(4) + CONTEXT_OFFSET;
        int vendor = setup.getShort(16) & 0xffff;
        int formats = setup.get(21) & 0xff;
        root = setup.getInt(32 + (vendor + 3 & ~3) + 8 * formats);
        ByteBuffer create = buffer(16);
        create.put((byte) 55)
                .put((byte) 0)
                .putShort((short) 4)
                .putInt(context)
                .putInt(root)
                .putInt(0);
        out.write(create.array());
    }

    void paint(int[] pixels) throws IOException {
        int width = GeneratedDesktop.WIDTH;
        for (int y = 0; y < GeneratedDesktop.HEIGHT; y += ROWS) {
            int rows = Math.min(ROWS, GeneratedDesktop.HEIGHT - y);
            ByteBuffer request = buffer(24 + width * rows * 4);
            request.put((byte) 72).put((byte) 2).putShort((short) (6 + width * rows));
            request.putInt(root).putInt(context);
            request.putShort((short) width)
                    .putShort((short) rows)
                    .putShort((short) 0)
                    .putShort((short) y);
            request.put((byte) 0).put((byte) 24).putShort((short) 0);
            for (int at = y * width; at < (y + rows) * width; at++) {
                request.putInt(pixels[at]);
            }
            out.write(request.array());
        }
        out.write(buffer(4).put((byte) 43).put((byte) 0).putShort((short) 1).array());
        byte[] answer = in.readNBytes(32);
        if (answer[0] != 1) {
            throw new IOException("the X server answers with error " + answer[1]);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
