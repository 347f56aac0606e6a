// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.graphical.Area;
import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;
import io.netty.buffer.ByteBuf;

/**
 * Cuts the client's bytes into messages. Each kind has a length of its own, bounded before anything of it is kept; an unknown kind
 * ends the session, for its length is unknown.
 */
final class ClientMessageReader {
    /** Longest message but for clipboard text, in bytes: the list of encodings. */
    static final int MESSAGE_MAXIMUM = 4 + 4 * 1024;

    private static final int ENCODINGS_MAXIMUM = 1024;
    private static final int FENCE_MAXIMUM = 64;
    private static final int SCREENS_MAXIMUM = 64;
    private static final int CUT_TEXT_HEADER = 8;

    private final int cutTextMaximum;
    private long skip;

    ClientMessageReader(int cutTextMaximum) {
        this.cutTextMaximum = cutTextMaximum;
    }

    /** Bytes that may have to be kept until a message is whole. */
    int messageMaximum() {
        return Math.max(MESSAGE_MAXIMUM, CUT_TEXT_HEADER + cutTextMaximum);
    }

    /**
     * The next message; null when some of it is missing, with nothing consumed.
     *
     * @throws RfbProtocolException when it is not a message of the protocol
     */
    ClientMessage read(ByteBuf in) throws RfbProtocolException {
        if (skip > 0) {
            int count = (int) Math.min(skip, in.readableBytes());
            in.skipBytes(count);
            skip -= count;
            if (skip > 0) {
                return null;
            }
        }
        if (!in.isReadable()) {
            return null;
        }
        return switch (in.getUnsignedByte(in.readerIndex())) {
            case 0 -> has(in, 20) ? pixelFormat(in) : null;
            case 2 -> has(in, 4) ? encodings(in) : null;
            case 3 -> has(in, 10) ? updateRequest(in) : null;
            case 4 -> has(in, 8) ? key(in) : null;
            case 5 -> has(in, 6) ? pointer(in) : null;
            case 6 -> has(in, CUT_TEXT_HEADER) ? cutText(in) : null;
            case 150 -> has(in, 10) ? continuousUpdates(in) : null;
            case 248 -> has(in, 9) ? fence(in) : null;
            case 250 -> has(in, 4) ? xvp(in) : null;
            case 251 -> has(in, 8) ? desktopSize(in) : null;
            case 255 -> has(in, 2) ? qemu(in) : null;
            default -> throw new RfbProtocolException("unknown message");
        };
    }

    private static boolean has(ByteBuf in, int count) {
        return in.readableBytes() >= count;
    }

    private static ClientMessage pixelFormat(ByteBuf in) throws RfbProtocolException {
        in.skipBytes(4);
        try {
            return new ClientMessage.SetPixelFormat(PixelFormat.read(in));
        } catch (IllegalArgumentException contradiction) {
            throw new RfbProtocolException(contradiction.getMessage());
        }
    }

    private static ClientMessage encodings(ByteBuf in) throws RfbProtocolException {
        int count = in.getUnsignedShort(in.readerIndex() + 2);
        if (count > ENCODINGS_MAXIMUM) {
            throw new RfbProtocolException("too many encodings");
        }
        if (!has(in, 4 + Integer.BYTES * count)) {
            return null;
        }
        in.skipBytes(4);
        int[] encodings = new int[count];
        for (int index = 0; index < count; index++) {
            encodings[index] = in.readInt();
        }
        return new ClientMessage.SetEncodings(encodings);
    }

    private static ClientMessage updateRequest(ByteBuf in) {
        in.skipBytes(1);
        return new ClientMessage.UpdateRequest(in.readBoolean(), area(in));
    }

    private static ClientMessage key(ByteBuf in) {
        in.skipBytes(1);
        boolean pressed = in.readBoolean();
        in.skipBytes(2);
        return new ClientMessage.Key(pressed, in.readInt());
    }

    private static ClientMessage pointer(ByteBuf in) {
        in.skipBytes(1);
        return new ClientMessage.Pointer(in.readUnsignedByte(), in.readUnsignedShort(), in.readUnsignedShort());
    }

    private ClientMessage cutText(ByteBuf in) throws RfbProtocolException {
        int start = in.readerIndex();
        int said = in.getInt(start + 4);
        boolean extended = said < 0;
        long length = Math.abs((long) said);
        if (length > cutTextMaximum) {
            in.skipBytes(CUT_TEXT_HEADER);
            skip = length;
            return new ClientMessage.Ignored();
        }
        if (!has(in, CUT_TEXT_HEADER + (int) length)) {
            return null;
        }
        in.skipBytes(CUT_TEXT_HEADER);
        if (extended && length < Integer.BYTES) {
            throw new RfbProtocolException("clipboard message too short");
        }
        int flags = extended ? in.readInt() : 0;
        byte[] content = new byte[(int) length - (extended ? Integer.BYTES : 0)];
        in.readBytes(content);
        return extended ? new ClientMessage.ExtendedCutText(flags, content) : new ClientMessage.CutText(content);
    }

    private static ClientMessage continuousUpdates(ByteBuf in) {
        in.skipBytes(1);
        return new ClientMessage.EnableContinuousUpdates(in.readBoolean(), area(in));
    }

    private static ClientMessage fence(ByteBuf in) throws RfbProtocolException {
        int length = in.getUnsignedByte(in.readerIndex() + 8);
        if (length > FENCE_MAXIMUM) {
            throw new RfbProtocolException("fence too long");
        }
        if (!has(in, 9 + length)) {
            return null;
        }
        in.skipBytes(4);
        int flags = in.readInt();
        in.skipBytes(1);
        byte[] payload = new byte[length];
        in.readBytes(payload);
        return new ClientMessage.Fence(flags, payload);
    }

    private static ClientMessage xvp(ByteBuf in) {
        in.skipBytes(2);
        return new ClientMessage.Xvp(in.readUnsignedByte(), in.readUnsignedByte());
    }

    private static ClientMessage desktopSize(ByteBuf in) throws RfbProtocolException {
        int screens = in.getUnsignedByte(in.readerIndex() + 6);
        if (screens > SCREENS_MAXIMUM) {
            throw new RfbProtocolException("too many screens");
        }
        if (!has(in, 8 + 16 * screens)) {
            return null;
        }
        in.skipBytes(2);
        ClientMessage message = new ClientMessage.SetDesktopSize(in.readUnsignedShort(), in.readUnsignedShort());
        in.skipBytes(2 + 16 * screens);
        return message;
    }

    private static ClientMessage qemu(ByteBuf in) throws RfbProtocolException {
        if (in.getUnsignedByte(in.readerIndex() + 1) != 0) {
            throw new RfbProtocolException("unknown message");
        }
        if (!has(in, 12)) {
            return null;
        }
        in.skipBytes(2);
        return new ClientMessage.ExtendedKey(in.readUnsignedShort() != 0, in.readInt(), in.readInt());
    }

    private static Area area(ByteBuf in) {
        return new Area(in.readUnsignedShort(), in.readUnsignedShort(), in.readUnsignedShort(), in.readUnsignedShort());
    }
}
