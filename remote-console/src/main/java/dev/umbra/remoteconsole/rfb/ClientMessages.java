// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.graphical.GraphicalSession;
import dev.umbra.remoteconsole.rfb.encoding.Encodings;
import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;
import dev.umbra.remoteconsole.rfb.keyboard.KeyMapper;
import dev.umbra.remoteconsole.rfb.keyboard.KeyboardLayout;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Does what a client's messages say. Receiving thread; what belongs between two updates is handed to the updater in order. */
final class ClientMessages implements RfbStep, AutoCloseable {
    private static final int FENCE_SYNC_NEXT = 1 << 2;
    private static final int FENCE_UNDERSTOOD = 7;
    private static final int FENCE_REQUEST = 1 << 31;
    private static final int SIZE_BY_CLIENT = 1;
    private static final int SIZE_PROHIBITED = 1;
    /** The number some clients give the Print key always, as keyboards do while Alt is held. */
    private static final int ALT_PRINT = 0x54;

    private static final int PRINT = 0xb7;
    private static final int XVP_VERSION = 1;
    private static final int XVP_FAIL = 0;
    private static final int XVP_INIT = 1;
    private static final RfbPower.Action[] XVP_ACTIONS = {
        null, null, RfbPower.Action.SHUTDOWN, RfbPower.Action.REBOOT, RfbPower.Action.RESET
    };

    private final RfbSessionCounters counters;
    private final GraphicalSession session;
    private final RfbUpdater updater;
    private final RfbPower power;
    private final ClientMessageReader reader;
    private final KeyMapper keys;
    private final Clipboard clipboard;
    private ClientSettings received = ClientSettings.INITIAL;
    private Runnable heldFence;

    ClientMessages(
            RfbSessionConfig config,
            RfbSessionCounters counters,
            GraphicalSession session,
            RfbUpdater updater,
            RfbPower power,
            RfbTransport transport) {
        this.counters = counters;
        this.session = session;
        this.updater = updater;
        this.power = power;
        KeyboardLayout layout = KeyboardLayout.of(config.keyboardLayout());
        reader = new ClientMessageReader(config.clipboardMaximum());
        keys = new KeyMapper(layout);
        clipboard = new Clipboard(config, counters, session, layout, transport);
    }

    int messageMaximum() {
        return reader.messageMaximum();
    }

    @Override
    public RfbStep read(ByteBuf in) throws RfbProtocolException {
        ClientMessage message = reader.read(in);
        if (message == null) {
            return null;
        }
        Runnable fence = heldFence;
        heldFence = null;
        Runnable command = obey(message);
        if (command != null || fence != null) {
            enqueue(() -> {
                if (command != null) {
                    command.run();
                }
                if (fence != null) {
                    fence.run();
                }
            });
        }
        updater.wake();
        return this;
    }

    @Override
    public void close() {
        clipboard.close();
    }

    /** Does it, or tells what is to be done between two updates. */
    private Runnable obey(ClientMessage message) throws RfbProtocolException {
        return switch (message) {
            case ClientMessage.SetPixelFormat wish -> change(received.withFormat(wish.format()));
            case ClientMessage.SetEncodings wish -> change(received.withEncodings(wish.encodings()));
            case ClientMessage.UpdateRequest wish -> {
                updater.requests().request(wish.incremental(), wish.area());
                yield null;
            }
            case ClientMessage.EnableContinuousUpdates wish -> continuousUpdates(wish);
            case ClientMessage.Fence fence -> fence(fence);
            case ClientMessage.SetDesktopSize wish ->
                () -> updater.extras().answerSize(SIZE_BY_CLIENT, SIZE_PROHIBITED);
            case ClientMessage.Xvp xvp -> xvp(xvp);
            case ClientMessage.Key key -> key(key);
            case ClientMessage.ExtendedKey key -> extendedKey(key);
            case ClientMessage.Pointer pointer -> pointer(pointer);
            case ClientMessage.CutText text -> {
                clipboard.type(text.text());
                yield null;
            }
            case ClientMessage.ExtendedCutText text -> {
                byte[] answer = clipboard.receive(text.flags(), text.content());
                yield answer == null ? null : () -> updater.send(answer);
            }
            case ClientMessage.Ignored ignored -> {
                counters.clipboardDropped.increment();
                yield null;
            }
        };
    }

    private Runnable change(ClientSettings after) {
        received = after;
        return () -> {
            ClientSettings before = updater.settings();
            updater.apply(after);
            updater.extras().settingsChanged(before, after);
            announce(before, after);
        };
    }

    /** Tells a client that has named an extension for the first time that it is there. */
    private void announce(ClientSettings before, ClientSettings after) {
        if (!after.format().trueColour() && !after.format().equals(before.format())) {
            updater.send(colourMap());
        }
        if (isNew(Encodings.FENCE, before, after)) {
            updater.send(fence(FENCE_REQUEST, new byte[0]));
        }
        if (isNew(Encodings.CONTINUOUS_UPDATES, before, after)) {
            updater.send(new byte[] {(byte) 150});
        }
        if (isNew(Encodings.XVP, before, after) && power.isOffered()) {
            updater.send(new byte[] {(byte) 250, 0, XVP_VERSION, XVP_INIT});
        }
        if (isNew(Encodings.EXTENDED_CLIPBOARD, before, after) && clipboard.isWanted()) {
            updater.send(clipboard.capabilities());
        }
    }

    private static boolean isNew(int encoding, ClientSettings before, ClientSettings after) {
        return after.has(encoding) && !before.has(encoding);
    }

    private Runnable continuousUpdates(ClientMessage.EnableContinuousUpdates wish) {
        if (wish.enabled()) {
            updater.requests().setContinuous(wish.area());
            return null;
        }
        return () -> {
            updater.requests().setContinuous(null);
            updater.send(new byte[] {(byte) 150});
        };
    }

    private Runnable fence(ClientMessage.Fence fence) {
        if ((fence.flags() & FENCE_REQUEST) == 0) {
            return null;
        }
        byte[] answer = fence(fence.flags() & FENCE_UNDERSTOOD, fence.payload());
        Runnable send = () -> updater.send(answer);
        if ((fence.flags() & FENCE_SYNC_NEXT) != 0) {
            heldFence = send;
            return null;
        }
        return send;
    }

    private static byte[] fence(int flags, byte[] payload) {
        byte[] message = new byte[9 + payload.length];
        Unpooled.wrappedBuffer(message)
                .writerIndex(0)
                .writeByte(248)
                .writeZero(3)
                .writeInt(flags)
                .writeByte(payload.length)
                .writeBytes(payload);
        return message;
    }

    private Runnable xvp(ClientMessage.Xvp xvp) {
        boolean known =
                xvp.version() == XVP_VERSION && xvp.code() < XVP_ACTIONS.length && XVP_ACTIONS[xvp.code()] != null;
        if (known && session.mayWrite() && power.request(XVP_ACTIONS[xvp.code()])) {
            return null;
        }
        return () -> updater.send(new byte[] {(byte) 250, 0, XVP_VERSION, XVP_FAIL});
    }

    private Runnable key(ClientMessage.Key key) {
        updater.inputSeen();
        if (!keys.key(key.keySymbol(), key.pressed(), session.leds(), session::key)) {
            counters.keysUnknown.increment();
        }
        return null;
    }

    private Runnable extendedKey(ClientMessage.ExtendedKey key) {
        updater.inputSeen();
        if (key.keyNumber() == 0) {
            return key(new ClientMessage.Key(key.pressed(), key.keySymbol()));
        }
        session.key(key.keyNumber() == ALT_PRINT ? PRINT : key.keyNumber(), key.pressed());
        return null;
    }

    private Runnable pointer(ClientMessage.Pointer pointer) {
        updater.inputSeen();
        int width = updater.width();
        int height = updater.height();
        session.pointer(
                Math.min(pointer.x(), width - 1),
                Math.min(pointer.y(), height - 1),
                width,
                height,
                pointer.buttonMask());
        return null;
    }

    /** The colours that pixels without true colour stand for (RFC 6143, section 7.6.2). */
    private static byte[] colourMap() {
        ByteBuf message = Unpooled.buffer();
        message.writeByte(1).writeByte(0).writeShort(0).writeShort(PixelFormat.COLOUR_MAP_SIZE);
        for (int index = 0; index < PixelFormat.COLOUR_MAP_SIZE; index++) {
            message.writeShort((index & 7) * 0xffff / 7);
            message.writeShort((index >> 3 & 7) * 0xffff / 7);
            message.writeShort((index >> 6) * 0xffff / 3);
        }
        byte[] bytes = new byte[message.readableBytes()];
        message.readBytes(bytes);
        return bytes;
    }

    private void enqueue(Runnable command) throws RfbProtocolException {
        if (!updater.commands().offer(command)) {
            throw new RfbProtocolException("too much to do at once");
        }
    }
}
