// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.ultracall.FrameWriter;

/**
 * The interrupt lines of one VM: what the devices want and what L0 was told. Between two sends only the outcome
 * matters, except that a line which fell and rose again has made an edge of which L0 must hear.
 *
 * <p>A line of which it is unknown what L0 believes is sent as low first, so that raising it makes an edge again.
 */
final class InterruptLines {
    private static final int LINES = 16;
    private static final int ALL = (1 << LINES) - 1;

    private int wanted;
    private int told;
    private int fell;
    private int unknown = ALL;

    void set(int irq, boolean level) {
        if (irq < 0 || irq >= LINES) {
            throw new IllegalArgumentException("no interrupt line " + irq);
        }
        int bit = 1 << irq;
        if (level) {
            wanted |= bit;
        } else {
            wanted &= ~bit;
            fell |= bit & told;
        }
    }

    boolean asserted(int irq) {
        return (wanted & 1 << irq) != 0;
    }

    /** A new connection: L0 may believe anything. */
    void forgetTold() {
        unknown = ALL;
    }

    boolean changed() {
        return (wanted ^ told | fell | unknown) != 0;
    }

    /** Devices are made anew: nothing is asserted. */
    void clear() {
        wanted = 0;
        unknown = ALL;
    }

    /** Tells L0 all changes; returns how many edges that were. */
    int send(FrameWriter output, long tenantVm, int cloudVm) {
        int edges = 0;
        int lower = unknown | fell | told & ~wanted;
        int raise = wanted & (lower | ~told);
        for (int irq = 0; (lower | raise) != 0 && irq < LINES; irq++) {
            if ((lower & 1 << irq) != 0) {
                output.interruptLine(tenantVm, cloudVm, irq, false);
                edges++;
            }
            if ((raise & 1 << irq) != 0) {
                output.interruptLine(tenantVm, cloudVm, irq, true);
                edges++;
            }
        }
        told = wanted;
        fell = 0;
        unknown = 0;
        return edges;
    }
}
