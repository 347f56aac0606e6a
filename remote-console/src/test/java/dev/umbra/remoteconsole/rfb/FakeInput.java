// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.graphical.GraphicalInput;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers what was typed and pointed at. */
public final class FakeInput implements GraphicalInput {
    private final List<String> events = new CopyOnWriteArrayList<>();
    public volatile int leds;

    @Override
    public void key(int keyNumber, boolean pressed) {
        events.add((pressed ? "+" : "-") + Integer.toHexString(keyNumber));
    }

    @Override
    public void pointer(int x, int y, int width, int height, int buttonMask) {
        events.add("@" + x + "," + y + "/" + width + "x" + height + ":" + buttonMask);
    }

    @Override
    public int leds() {
        return leds;
    }

    public List<String> events() {
        return List.copyOf(events);
    }
}
