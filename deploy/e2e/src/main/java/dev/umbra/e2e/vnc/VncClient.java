// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.vnc;

import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.Testbed;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A VNC client (RFC 6143): logs in by VeNCrypt with name and password, checks the server's certificate against the testbed's
 * authority, keeps the picture up to date by itself, sends keys by number.
 */
public final class VncClient implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final byte[] VERSION = "RFB 003.008\n".getBytes(StandardCharsets.US_ASCII);
    private static final int VENCRYPT = 19;
    private static final int X509_PLAIN = 262;
    private static final int CONNECT_MILLIS = 10_000;
    private static final int LONGEST_TEXT = 4096;
    private static final List<Encoding> EXTENSIONS =
            List.of(Encoding.DESKTOP_SIZE, Encoding.LAST_RECT, Encoding.EXTENDED_KEY_EVENT);

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final RectangleDecoder decoder;
    private final Map<Encoding, Long> rectangles = new EnumMap<>(Encoding.class);
    private Picture picture;
    private String name;
    private long updates;
    private boolean extendedKeys;
    private Exception ended;

    private VncClient(Socket socket, List<Encoding> encodings, PixelFormat format) throws IOException {
        this.socket = socket;
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
        out = new DataOutputStream(socket.getOutputStream());
        decoder = new RectangleDecoder(format);
        begin(encodings, format);
        Thread.ofVirtual().name("vnc-client").start(this::receive);
    }

    /** A client that writes, with ZRLE and pixels of 32 bits. */
    public static VncClient connect(Testbed testbed, String vm) {
        return connect(testbed, vm, vm, List.of(Encoding.ZRLE, Encoding.COPY_RECT), PixelFormat.XRGB);
    }

    /**
     * @param user name at the login: the VM's, with {@code +view} to look on only
     * @param encodings the wanted ones, the best first
     */
    public static VncClient connect(
            Testbed testbed, String vm, String user, List<Encoding> encodings, PixelFormat format) {
        try {
            Socket plain = new Socket();
            try {
                plain.connect(new InetSocketAddress(HOST, testbed.vncPort()), CONNECT_MILLIS);
                plain.setTcpNoDelay(true);
                SSLSocket secured = secure(plain, testbed);
                logIn(secured, user, testbed.password(testbed.owner(vm)));
                return new VncClient(secured, encodings, format);
            } catch (IOException | RuntimeException failure) {
                plain.close();
                throw failure;
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("no VNC session of " + vm, failure);
        }
    }

    /** Not a byte more may be read from the plain stream than the negotiation has. */
    private static SSLSocket secure(Socket plain, Testbed testbed) throws IOException {
        DataInputStream in = new DataInputStream(plain.getInputStream());
        DataOutputStream out = new DataOutputStream(plain.getOutputStream());
        String version = new String(in.readNBytes(VERSION.length), StandardCharsets.US_ASCII);
        if (!version.startsWith("RFB 003.008")) {
            throw new IOException("the server speaks '" + version.strip() + "'");
        }
        out.write(VERSION);
        byte[] types = in.readNBytes(in.readUnsignedByte());
        require(new String(types, StandardCharsets.ISO_8859_1).indexOf(VENCRYPT) >= 0, "no VeNCrypt is offered");
        out.writeByte(VENCRYPT);
        require(in.readUnsignedShort() == 2, "another version of VeNCrypt");
        out.writeShort(2);
        require(in.readUnsignedByte() == 0, "the version of VeNCrypt is refused");
        boolean offered = false;
        for (int left = in.readUnsignedByte(); left > 0; left--) {
            offered |= in.readInt() == X509_PLAIN;
        }
        require(offered, "no login by password is offered");
        out.writeInt(X509_PLAIN);
        require(in.readUnsignedByte() == 1, "the login by password is refused");
        SSLSocket secured = (SSLSocket)
                ApplianceApi.trusting(testbed).getSocketFactory().createSocket(plain, HOST, testbed.vncPort(), true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        return secured;
    }

    private static void logIn(Socket secured, String user, String password) throws IOException {
        DataInputStream in = new DataInputStream(secured.getInputStream());
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(message);
        out.writeInt(user.length());
        out.writeInt(password.length());
        out.writeBytes(user);
        out.writeBytes(password);
        secured.getOutputStream().write(message.toByteArray());
        if (in.readInt() != 0) {
            throw new IOException("the login is refused: "
                    + new String(in.readNBytes(Math.min(in.readInt(), LONGEST_TEXT)), StandardCharsets.UTF_8));
        }
    }

    private static void require(boolean condition, String otherwise) throws IOException {
        if (!condition) {
            throw new IOException(otherwise);
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

    /** How many updates have come so far. */
    public synchronized long updates() {
        return updates;
    }

    /** Waits for an update after so many. */
    public synchronized void awaitUpdate(long before, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        while (updates <= before) {
            waitForUpdate(end, "an update comes");
        }
    }

    private void waitForUpdate(long end, String what) {
        long before = updates;
        while (updates == before) {
            if (ended != null) {
                throw new IllegalStateException("waited until " + what + ", but the session ended", ended);
            }
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new IllegalStateException("waited in vain until " + what);
            }
            try {
                wait(left / 1_000_000 + 1);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(interrupted);
            }
        }
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
            socket.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
