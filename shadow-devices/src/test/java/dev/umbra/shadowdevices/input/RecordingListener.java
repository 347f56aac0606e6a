// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import java.util.ArrayList;
import java.util.List;

/** Keeps what it hears. */
final class RecordingListener implements I8042Listener {
    private final List<String> events = new ArrayList<>();

    @Override
    public void leds(int leds) {
        events.add("leds " + leds);
    }

    @Override
    public void resetRequested() {
        events.add("reset");
    }

    @Override
    public void addressLine20(boolean open) {
        events.add("a20 " + open);
    }

    List<String> events() {
        return events;
    }
}
