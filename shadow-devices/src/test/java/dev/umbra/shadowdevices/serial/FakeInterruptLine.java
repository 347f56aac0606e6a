// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import dev.umbra.shadowdevices.InterruptLine;

/** An edge-triggered interrupt controller input that refuses to be told twice. */
public final class FakeInterruptLine implements InterruptLine {
    private boolean asserted;
    private boolean edge;
    private int risingEdges;

    @Override
    public void set(boolean level) {
        if (level == asserted) {
            throw new AssertionError("interrupt line set to the level it has");
        }
        asserted = level;
        if (level) {
            edge = true;
            risingEdges++;
        }
    }

    public boolean asserted() {
        return asserted;
    }

    public int risingEdges() {
        return risingEdges;
    }

    /** Whether the line has risen since the last call. */
    public boolean takeEdge() {
        boolean taken = edge;
        edge = false;
        return taken;
    }
}
