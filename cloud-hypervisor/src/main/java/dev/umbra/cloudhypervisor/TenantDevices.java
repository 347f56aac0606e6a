// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.lang.foreign.MemorySegment;

/**
 * The shadow devices of one tenant VM behind its claimed ports. Only ever called on the loop thread of its host.
 *
 * <p>Calls follow the pattern: any number of {@link #write} and {@link #read}, then {@link #save}, then, once the saved
 * state cannot be lost, {@link #committed}. A process killed in between starts again from the last committed state and
 * sees the same accesses again, so nothing may be visible outside before {@code committed}.
 */
public interface TenantDevices {
    /**
     * A port write.
     *
     * @param size 1, 2 or 4 bytes
     */
    void write(int port, int size, int value);

    /** A port read, with its side effects. */
    int read(int port, int size);

    /**
     * A store to claimed memory. Devices that claim none need not know it.
     *
     * @param address tenant physical, in bytes, within a claimed page
     * @param size 1, 2, 4 or 8 bytes; the last may lie beyond the claimed range
     * @param value zero-extended
     */
    default void memoryWrite(long address, int size, long value) {}

    /** A load from claimed memory, with its side effects; bits beyond its size do not count. All ones where nothing is. */
    default long memoryRead(long address, int size) {
        return -1;
    }

    /**
     * L1 served an access to an observed port.
     *
     * @param write whether the tenant wrote the value, and did not read it
     * @param value zero-extended
     */
    default void portObserved(int port, int size, boolean write, int value) {}

    /**
     * A call by registers through a port claimed for it.
     *
     * @param registers EAX, EBX, ECX and EDX, to be replaced by what the tenant finds in them
     */
    default void registerCall(int port, int[] registers) {
        registers[0] = -1;
    }

    /**
     * The VM was reset, and its devices with it. What they did for the run before is over; accesses that follow are of the
     * new one.
     */
    default void reset() {}

    /** The byte that a read of the port would give if it has no side effect now, else -1. */
    int pureRead(int port);

    /** Bytes that {@link #save} writes; constant. */
    int stateSize();

    /** Writes the state into a segment of {@link #stateSize} bytes. */
    void save(MemorySegment state);

    /**
     * Takes over a saved state, which is to be treated as hostile; called once, before any access, if there is one.
     * Interrupt lines are set through {@link DeviceHost#interrupt} as the state demands.
     *
     * @throws IllegalArgumentException if the state is refused; the devices are then created anew
     */
    void restore(MemorySegment state);

    /** The state last saved is committed: what it says may be shown. */
    void committed();

    /** Ports worth answering in L0 while {@link #pureRead} gives a value, at most 8; constant. */
    default int[] latchedPorts() {
        return new int[0];
    }

    /** The VM is gone or its host is closed. */
    void close();
}
