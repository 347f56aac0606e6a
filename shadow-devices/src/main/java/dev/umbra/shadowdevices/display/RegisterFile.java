// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The registers of a display in the layout of its saved state, {@link VgaStateLayout}.
 *
 * <p>One thread writes. Another may copy them at any moment and gets what they were between two writes: a sequence lock. The
 * number is odd while registers change and grows with each change; a copy counts if the number was even and the same before
 * and after. So the writer, which serves the tenant's accesses, neither waits nor allocates, and whoever looks at the screen
 * copies only when something has changed.
 *
 * <p>What breaks it: display registers written outside of {@link #beginUpdate} and {@link #endUpdate}. Those that nobody sees
 * (indices into registers, latches, flip-flops) may be.
 */
final class RegisterFile {
    private static final VarHandle SEQUENCE;
    private static final int MAXIMUM_TRIES = 64;
    private static final int BYTE_MASK = 0xff;

    static {
        try {
            SEQUENCE = MethodHandles.lookup().findVarHandle(RegisterFile.class, "sequence", int.class);
        } catch (ReflectiveOperationException error) {
            throw new ExceptionInInitializerError(error);
        }
    }

    private final byte[] bytes = new byte[VgaStateLayout.SIZE];
    private int sequence;

    int get(int offset) {
        return bytes[offset] & BYTE_MASK;
    }

    void set(int offset, int value) {
        bytes[offset] = (byte) value;
    }

    int getWord(int offset) {
        return VgaStateLayout.word(bytes, offset);
    }

    void setWord(int offset, int value) {
        VgaStateLayout.setWord(bytes, offset, value);
    }

    boolean flag(int flag) {
        return (bytes[VgaStateLayout.FLAGS] & flag) != 0;
    }

    void setFlag(int flag, boolean value) {
        int flags = bytes[VgaStateLayout.FLAGS];
        bytes[VgaStateLayout.FLAGS] = (byte) (value ? flags | flag : flags & ~flag);
    }

    /** All of them, for the writing thread. */
    byte[] bytes() {
        return bytes;
    }

    void beginUpdate() {
        SEQUENCE.setOpaque(this, sequence + 1);
        VarHandle.storeStoreFence();
    }

    void endUpdate() {
        SEQUENCE.setRelease(this, sequence + 1);
    }

    /** Differs after each change. From any thread. */
    int sequence() {
        return (int) SEQUENCE.getAcquire(this);
    }

    /**
     * Copies the registers, from any thread.
     *
     * @return the sequence number of the copy, which is even; odd if they change too fast, and the copy is worth nothing
     */
    int copyTo(byte[] target) {
        int before = 1;
        for (int attempt = 0; attempt < MAXIMUM_TRIES; attempt++) {
            before = sequence();
            if ((before & 1) == 0) {
                System.arraycopy(bytes, 0, target, 0, bytes.length);
                VarHandle.loadLoadFence();
                if ((int) SEQUENCE.getOpaque(this) == before) {
                    return before;
                }
            }
        }
        return before | 1;
    }
}
