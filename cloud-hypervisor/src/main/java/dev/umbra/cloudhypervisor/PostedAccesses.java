// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.ultracall.FrameReader;

/** Accesses that nobody waits for: a frame of them, done to the devices one by one. */
final class PostedAccesses {
    private PostedAccesses() {}

    static void apply(FrameReader frame, TenantDevices devices) {
        switch (frame.type()) {
            case PORT_WRITE -> writePort(frame, devices);
            case PORT_OBSERVED ->
                devices.portObserved(frame.port(), frame.accessSize(), frame.observedWrite(), frame.observedValue());
            case MEMORY_WRITE -> writeMemory(frame, devices);
            case MEMORY_COPY -> copyMemory(frame, devices);
            default -> throw new IllegalArgumentException("somebody waits for " + frame.type());
        }
    }

    private static void writePort(FrameReader frame, TenantDevices devices) {
        int port = frame.port();
        int size = frame.accessSize();
        int count = frame.accessCount();
        for (int access = 0; access < count; access++) {
            devices.write(port, size, frame.accessValue(access));
        }
    }

    private static void writeMemory(FrameReader frame, TenantDevices devices) {
        int size = frame.memorySize();
        int count = frame.memoryCount();
        for (int access = 0; access < count; access++) {
            devices.memoryWrite(frame.memoryAddress(access), size, frame.memoryValue(access));
        }
    }

    private static void copyMemory(FrameReader frame, TenantDevices devices) {
        int size = frame.copySize();
        int count = frame.copyCount();
        for (int access = 0; access < count; access++) {
            long value = devices.memoryRead(frame.copySource(access), size);
            devices.memoryWrite(frame.copyDestination(access), size, value & -1L >>> 64 - 8 * size);
        }
    }
}
