// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.ultracall.FrameWriter;

/**
 * Port values that L0 may give the tenant itself. A latch dies with the next claimed access, so it is published anew
 * after each; one that is in force while its value changes, because input arrived, has to be replaced or withdrawn
 * before anything makes the tenant look.
 */
final class Latches {
    private static final int LIMIT = 8;
    private static final int NONE = -1;

    private final TenantDevices devices;
    private final HostCounters counters;
    private final int[] ports;
    private final int[] published;
    private long sequence;

    Latches(TenantDevices devices, HostCounters counters) {
        this.devices = devices;
        this.counters = counters;
        this.ports = devices.latchedPorts().clone();
        if (ports.length > LIMIT) {
            throw new IllegalArgumentException("more than " + LIMIT + " latched ports");
        }
        this.published = new int[ports.length];
        forget();
    }

    /** A new connection: L0 has no latches. */
    void forget() {
        java.util.Arrays.fill(published, NONE);
    }

    /** Publishes and withdraws what has to be, given the last applied sequence. */
    void send(FrameWriter output, long applied, long tenantVm, int cloudVm) {
        boolean inForce = applied == sequence;
        sequence = applied;
        for (int index = 0; index < ports.length; index++) {
            int value = devices.pureRead(ports[index]);
            if (value >= 0) {
                if (!inForce || published[index] != value) {
                    output.latch(applied, tenantVm, cloudVm, ports[index], value);
                    counters.increment(HostCounter.LATCHES_PUBLISHED);
                }
                published[index] = value;
            } else {
                if (inForce && published[index] != NONE) {
                    output.latch(applied, tenantVm, cloudVm, ports[index], NONE);
                    counters.increment(HostCounter.LATCHES_WITHDRAWN);
                }
                published[index] = NONE;
            }
        }
    }
}
