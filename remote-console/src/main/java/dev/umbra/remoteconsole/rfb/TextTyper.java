// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.graphical.GraphicalSession;
import dev.umbra.remoteconsole.rfb.keyboard.KeyMapper;
import dev.umbra.remoteconsole.rfb.keyboard.KeyboardLayout;
import java.nio.CharBuffer;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Types a text as a person would, key by key, no faster than the tenant's keyboard is read. One text at a time, of characters that
 * the layout has.
 */
final class TextTyper implements AutoCloseable {
    private final GraphicalSession session;
    private final KeyboardLayout layout;
    private final long intervalNanos;
    private final RfbSessionCounters counters;
    private Thread typing;
    private volatile boolean closed;

    TextTyper(GraphicalSession session, KeyboardLayout layout, Duration interval, RfbSessionCounters counters) {
        this.session = session;
        this.layout = layout;
        intervalNanos = interval.toNanos();
        this.counters = counters;
    }

    /** Begins to type; false when it still types another text. The text is wiped afterwards. */
    synchronized boolean type(CharBuffer text) {
        if (typing != null && typing.isAlive()) {
            wipe(text);
            return false;
        }
        typing = Thread.ofVirtual().name("rfb-typing").start(() -> run(text));
        return true;
    }

    @Override
    public void close() {
        closed = true;
    }

    private void run(CharBuffer text) {
        try {
            KeyMapper keys = new KeyMapper(layout);
            for (int index = 0; index < text.length(); index++) {
                for (int symbol : layout.symbolsOf(text.charAt(index))) {
                    if (closed || !stroke(keys, symbol)) {
                        counters.clipboardDropped.increment();
                        return;
                    }
                }
            }
        } finally {
            wipe(text);
        }
    }

    private boolean stroke(KeyMapper keys, int symbol) {
        int leds = session.leds();
        boolean[] accepted = {true};
        for (boolean pressed : new boolean[] {true, false}) {
            keys.key(symbol, pressed, leds, (key, down) -> accepted[0] &= session.key(key, down));
            LockSupport.parkNanos(this, intervalNanos);
        }
        return accepted[0];
    }

    static void wipe(CharBuffer text) {
        text.clear();
        while (text.hasRemaining()) {
            text.put('\0');
        }
    }
}
