// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.keyboard;

import java.util.HashMap;
import java.util.Map;

/**
 * Turns a client's key symbols into keys of the tenant's keyboard, for clients that do not send key numbers.
 *
 * <p>The client's keyboard need not be the tenant's: a symbol typed with Shift there may be without Shift here. Around the press of such
 * a key the modifiers are put right and then back as the client holds them. The key that goes up is the one that went down for that
 * symbol, whatever modifiers are held by then. What breaks it: following a release by symbol only, which leaves keys down when Shift
 * was let go first.
 */
public final class KeyMapper {
    private static final int CAPS_LOCK = 4;
    private static final int SYMBOLS_DOWN_MAXIMUM = 64;

    private final KeyboardLayout layout;
    private final Map<Integer, Integer> down = new HashMap<>();
    private boolean shiftLeft;
    private boolean shiftRight;
    private boolean altGr;

    public KeyMapper(KeyboardLayout layout) {
        this.layout = layout;
    }

    /**
     * A symbol goes down or up.
     *
     * @param leds lights of the tenant's keyboard, bit 2 caps lock
     * @return false when no key stands for it
     */
    public boolean key(int keySymbol, boolean pressed, int leds, KeySink sink) {
        return pressed ? press(keySymbol, leds, sink) : release(keySymbol, sink);
    }

    private boolean press(int keySymbol, int leds, KeySink sink) {
        int function = FunctionKeys.keyNumber(keySymbol);
        if (function != 0) {
            note(function, true);
            hold(keySymbol, function);
            sink.key(function, true);
            return true;
        }
        KeyStroke stroke = layout.stroke(keySymbol);
        if (stroke == null) {
            return false;
        }
        boolean caps = stroke.letter() && (leds & CAPS_LOCK) != 0;
        setModifiers(stroke.shift() != caps, stroke.altGr(), sink, true);
        hold(keySymbol, stroke.keyNumber());
        sink.key(stroke.keyNumber(), true);
        setModifiers(stroke.shift() != caps, stroke.altGr(), sink, false);
        return true;
    }

    private boolean release(int keySymbol, KeySink sink) {
        Integer key = down.remove(keySymbol);
        if (key == null) {
            return true;
        }
        note(key, false);
        sink.key(key, false);
        return true;
    }

    private void hold(int keySymbol, int key) {
        if (down.size() < SYMBOLS_DOWN_MAXIMUM) {
            down.put(keySymbol, key);
        }
    }

    private void note(int key, boolean pressed) {
        switch (key) {
            case FunctionKeys.SHIFT_LEFT -> shiftLeft = pressed;
            case FunctionKeys.SHIFT_RIGHT -> shiftRight = pressed;
            case FunctionKeys.ALT_GR -> altGr = pressed;
            default -> {}
        }
    }

    /** Puts the modifiers as the key needs them, or back as the client holds them. */
    private void setModifiers(boolean shift, boolean alternate, KeySink sink, boolean before) {
        if (shift && !shiftLeft && !shiftRight) {
            sink.key(FunctionKeys.SHIFT_LEFT, before);
        }
        if (!shift && shiftLeft) {
            sink.key(FunctionKeys.SHIFT_LEFT, !before);
        }
        if (!shift && shiftRight) {
            sink.key(FunctionKeys.SHIFT_RIGHT, !before);
        }
        if (alternate != altGr) {
            sink.key(FunctionKeys.ALT_GR, alternate == before);
        }
    }
}
