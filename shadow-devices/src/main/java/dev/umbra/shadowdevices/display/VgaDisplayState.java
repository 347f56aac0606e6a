// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import dev.umbra.shadowdevices.DeviceStateException;
import dev.umbra.shadowdevices.DeviceStateException.Reason;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The registers of a {@link VgaDisplay}: with equal states and equal memory two displays behave and look alike.
 *
 * <p>The memory of the planes and the frame buffer are not part of it. A state that exists is valid, wherever its bytes came
 * from.
 */
public final class VgaDisplayState {
    /** Bytes of an encoded state. A multiple of eight. */
    public static final int SIZE = VgaStateLayout.SIZE;

    private final byte[] bytes;

    private VgaDisplayState(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The state that these registers are, which are a display's own and need no check. */
    static VgaDisplayState copyOf(byte[] registers) {
        return new VgaDisplayState(registers.clone());
    }

    /**
     * Reads the first {@link #SIZE} bytes, which may be anything, and ignores the rest.
     *
     * @throws DeviceStateException if they are not the state of a display
     */
    public static VgaDisplayState decode(MemorySegment segment) {
        if (segment.byteSize() < SIZE) {
            throw new DeviceStateException(Reason.TRUNCATED, "display");
        }
        byte[] bytes = segment.asSlice(0, SIZE).toArray(ValueLayout.JAVA_BYTE);
        VgaStateLayout.check(bytes);
        return new VgaDisplayState(bytes);
    }

    /** Writes {@link #SIZE} bytes at the start of a segment. */
    public void encode(MemorySegment segment) {
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, SIZE);
    }

    void copyTo(byte[] registers) {
        System.arraycopy(bytes, 0, registers, 0, SIZE);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VgaDisplayState state && Arrays.equals(bytes, state.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Without the content, which follows what is on the screen. */
    @Override
    public String toString() {
        return "VgaDisplayState[dispiEnable=" + VgaStateLayout.dispi(bytes, DispiRegisters.ENABLE) + "]";
    }
}
