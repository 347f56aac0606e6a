// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.graphical.GraphicalSession;
import dev.umbra.remoteconsole.rfb.keyboard.KeyboardLayout;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The client's clipboard, whose text can be typed into the machine (RFC 6143, section 7.5.6, and the Extended Clipboard extension).
 * The machine's own clipboard is out of reach, hence nothing goes the other way.
 *
 * <p>A text with a character that no key gives is not typed at all: whoever sent it is told, and half a password helps nobody.
 */
final class Clipboard implements AutoCloseable {
    private static final int TEXT = 1;
    private static final int CAPABILITIES = 1 << 24;
    private static final int REQUEST = 1 << 25;
    private static final int NOTIFY = 1 << 27;
    private static final int PROVIDE = 1 << 28;
    private static final int TOLD_MAXIMUM = 16;

    private final int maximum;
    private final boolean types;
    private final RfbSessionCounters counters;
    private final KeyboardLayout layout;
    private final RfbTransport transport;
    private final TextTyper typer;

    Clipboard(
            RfbSessionConfig config,
            RfbSessionCounters counters,
            GraphicalSession session,
            KeyboardLayout layout,
            RfbTransport transport) {
        maximum = config.clipboardMaximum();
        types = config.typesClipboard() && session.mayWrite();
        this.counters = counters;
        this.layout = layout;
        this.transport = transport;
        typer = new TextTyper(session, layout, config.typingInterval(), counters);
    }

    boolean isWanted() {
        return types;
    }

    /** What is understood: text up to the maximum, when it is provided. */
    byte[] capabilities() {
        return message(CAPABILITIES | REQUEST | NOTIFY | PROVIDE | TEXT, maximum);
    }

    /** Plain text in Latin-1. */
    void type(byte[] text) {
        type(StandardCharsets.ISO_8859_1.decode(ByteBuffer.wrap(text)));
        Arrays.fill(text, (byte) 0);
    }

    /** An extended message; gives the answer to it, or null. */
    byte[] receive(int flags, byte[] content) throws RfbProtocolException {
        if (!types) {
            counters.clipboardDropped.increment();
            return null;
        }
        if ((flags & NOTIFY) != 0) {
            return (flags & TEXT) != 0 ? message(REQUEST | TEXT) : null;
        }
        if ((flags & PROVIDE) != 0 && (flags & TEXT) != 0) {
            provide(content);
        }
        return null;
    }

    @Override
    public void close() {
        typer.close();
    }

    private void provide(byte[] content) throws RfbProtocolException {
        byte[] plain = new byte[Integer.BYTES + maximum];
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(content);
            int available = inflater.inflate(plain);
            long length = available < Integer.BYTES
                    ? Long.MAX_VALUE
                    : Integer.toUnsignedLong(ByteBuffer.wrap(plain).getInt());
            if (length > available - Integer.BYTES) {
                counters.clipboardDropped.increment();
                return;
            }
            type(StandardCharsets.UTF_8.decode(ByteBuffer.wrap(plain, Integer.BYTES, (int) length)));
        } catch (DataFormatException malformed) {
            throw new RfbProtocolException("clipboard cannot be decompressed");
        } finally {
            inflater.end();
            Arrays.fill(plain, (byte) 0);
            Arrays.fill(content, (byte) 0);
        }
    }

    private void type(CharBuffer text) {
        if (!types) {
            counters.clipboardDropped.increment();
            return;
        }
        String missing = layout.missing(text);
        if (!missing.isEmpty()) {
            TextTyper.wipe(text);
            int count = missing.codePointCount(0, missing.length());
            counters.keysUnknown.add(count);
            counters.clipboardDropped.increment();
            transport.notTyped(missing.substring(0, missing.offsetByCodePoints(0, Math.min(count, TOLD_MAXIMUM))));
        } else if (!typer.type(text)) {
            counters.clipboardDropped.increment();
        }
    }

    private static byte[] message(int... words) {
        byte[] message = new byte[8 + Integer.BYTES * words.length];
        var out = Unpooled.wrappedBuffer(message).writerIndex(0);
        out.writeByte(3).writeZero(3).writeInt(-Integer.BYTES * words.length);
        for (int word : words) {
            out.writeInt(word);
        }
        return message;
    }
}
