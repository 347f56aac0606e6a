// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.vnc;

import dev.umbra.e2e.testbed.Testbed;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** A VNC client (RFC 6143): keeps the picture up to date by itself, sends keys by number. */
public final class VncClient implements AutoCloseable {
    private static final List<Encoding> USUAL = List.of(Encoding.ZRLE, Encoding.COPY_RECT);
    private static final List<Encoding> EXTENSIONS =
            List.of(Encoding.DESKTOP_SIZE, Encoding.LAST_RECT, Encoding.EXTENDED_KEY_EVENT);

    private final Closeable connection;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final RectangleDecoder decoder;
    private final Map<Encoding, Long> rectangles = new EnumMap<>(Encoding.class);
    private Picture picture;
    private String name;
    private long updates;
    private boolean extendedKeys;
    private Exception ended;

    private VncClient(
            Closeable connection, InputStream in, OutputStream out, List<Encoding> encodings, PixelFormat format)
            throws IOException {
        this.connection = connection;
        this.in = new DataInputStream(new BufferedInputStream(in, 1 << 16));
        this.out = new DataOutputStream(out);
        decoder = new RectangleDecoder(format);
        begin(encodings, format);
        Thread.ofVirtual().name("vnc-client").start(this::receive);
    }

    /** A client that writes, with ZRLE and pixels of 32 bits. */
    public static VncClient connect(Testbed testbed, String vm) {
        return connect(testbed, vm, vm, USUAL, PixelFormat.XRGB);
    }

    /**
     * @param user name at the login: the VM's, with {@code +view} to look on only
     * @param encodings the wanted ones, the best first
     */
    public static VncClient connect(
            Testbed testbed, String vm, String user, List<Encoding> encodings, PixelFormat format) {
        try {
            Socket secured = VncLogin.byPassword(testbed, vm, user);
            try {
                return new VncClient(secured, secured.getInputStream(), secured.getOutputStream(), encodings, format);
            } catch (IOException | RuntimeException failure) {
                secured.close();
                throw failure;
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("no VNC session of " + vm, failure);
        }
    }

    /** A client that writes, likewise, at a server that asks for no login. */
    public static VncClient connect(SocketChannel channel) {
        try {
            InputStream in = Channels.newInputStream(channel);
            OutputStream out = Channels.newOutputStream(channel);
            VncLogin.withoutPassword(in, out);
            return new VncClient(channel, in, out, USUAL, PixelFormat.XRGB);
        } catch (IOException failure) {
            throw new UncheckedIOException("no VNC session", failure);
        }
    }

    private void begin(List<Encoding> encodings, PixelFormat format) throws IOException {
        out.writeByte(1);
        picture = new Picture(in.readUnsignedShort(), in.readUnsignedShort());
        in.skipNBytes(16);
        name = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
        send(message -> {
            message.writeInt(0);
            format.write(message);
        });
        send(message -> {
            message.writeShort(0x0200);
            message.writeShort(encodings.size() + EXTENSIONS.size());
            for (Encoding encoding : encodings) {
                message.writeInt(encoding.number());
            }
            for (Encoding extension : EXTENSIONS) {
                message.writeInt(extension.number());
            }
        });
        requestUpdate(false);
    }

    private interface Message {
        void write(DataOutputStream out) throws IOException;
    }

    private void send(Message message) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            message.write(new DataOutputStream(bytes));
            synchronized (out) {
                out.write(bytes.toByteArray());
                out.flush();
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("the VNC session is gone", failure);
        }
    }

    private void requestUpdate(boolean incremental) {
        int width = picture.width();
        int height = picture.height();
        send(message -> {
            message.writeByte(3);
            message.writeBoolean(incremental);
            message.writeInt(0);
            message.writeShort(width);
            message.writeShort(height);
        });
    }

    private void receive() {
        try {
            for (; ; ) {
                switch (in.readUnsignedByte()) {
                    case 0 -> requestUpdate(update());
                    case 2 -> {}
                    case 3 -> {
                        in.skipNBytes(3);
                        in.skipNBytes(in.readInt());
                    }
                    default -> throw new IOException("an unknown message");
                }
            }
        } catch (IOException | RuntimeException failure) {
            synchronized (this) {
                ended = failure;
                notifyAll();
            }
        }
    }

    /** Returns whether the picture is whole, so that changes suffice. */
    private synchronized boolean update() throws IOException {
        boolean whole = true;
        in.skipNBytes(1);
        int count = in.readUnsignedShort();
        for (int index = 0; index < count; index++) {
            RectangleDecoder.Place at = new RectangleDecoder.Place(
                    in.readUnsignedShort(), in.readUnsignedShort(), in.readUnsignedShort(), in.readUnsignedShort());
            Encoding encoding = Encoding.of(in.readInt());
            rectangles.merge(encoding, 1L, Long::sum);
            switch (encoding) {
                case DESKTOP_SIZE -> {
                    picture = new Picture(at.w(), at.h());
                    whole = false;
                }
                case EXTENDED_KEY_EVENT -> extendedKeys = true;
                case LAST_RECT -> index = count;
                default -> decoder.decode(in, encoding, at, picture);
            }
        }
        updates++;
        notifyAll();
        return whole;
    }

    /** The name of the desktop as told at the beginning. */
    public String name() {
        return name;
    }

    /** A copy of what the client shows. */
    public synchronized Picture picture() {
        return picture.copy();
    }

    /** How many rectangles came in an encoding. */
    public synchronized long rectangles(Encoding encoding) {
        return rectangles.getOrDefault(encoding, 0L);
    }

    /** Looks at the picture after each update until it is as expected. */
    public synchronized Picture await(String what, Duration timeout, Predicate<Picture> expected) {
        long end = System.nanoTime() + timeout.toNanos();
        while (updates == 0 || !expected.test(picture)) {
            waitForUpdate(end, what);
        }
        return picture.copy();
    }

    /** Waits until no update has come for a while. */
    public synchronized void awaitSilence(Duration quiet, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        while (updateComes(System.nanoTime() + quiet.toNanos()) || updates == 0) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("waited in vain until the picture stands still");
            }
        }
    }

    private void waitForUpdate(long end, String what) {
        if (!updateComes(end)) {
            throw new IllegalStateException("waited in vain until " + what);
        }
    }

    /** Returns false if none does until the end. */
    private boolean updateComes(long end) {
        long before = updates;
        while (updates == before) {
            if (ended != null) {
                throw new IllegalStateException("the VNC session ended", ended);
            }
            long left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            try {
                wait(left / 1_000_000 + 1);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(interrupted);
            }
        }
        return true;
    }

    /** Waits until the server takes keys by number. */
    public synchronized void awaitExtendedKeys(Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        while (!extendedKeys) {
            waitForUpdate(end, "the server takes keys by number");
        }
    }

    /** Presses or releases a key by its number: the make code of scan code set 1, plus 0x80 behind an e0. */
    public void key(int number, boolean pressed) {
        send(message -> {
            message.writeShort(0xff00);
            message.writeShort(pressed ? 1 : 0);
            message.writeInt(0);
            message.writeInt(number);
        });
    }

    /** Types characters on a US keyboard. */
    public void type(String text) {
        UsKeyboard.type(text, this::key);
    }

    /** Moves the pointer; the lowest bit of the buttons is the left one. */
    public void pointer(int x, int y, int buttons) {
        send(message -> {
            message.writeByte(5);
            message.writeByte(buttons);
            message.writeShort(x);
            message.writeShort(y);
        });
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
