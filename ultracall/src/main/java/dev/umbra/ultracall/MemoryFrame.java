// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

import java.util.Arrays;

/**
 * Messages about memory: what the service stands behind instead of L1, by tenant physical address, and where the memory
 * of a cloud VM lies.
 */
public sealed interface MemoryFrame extends Frame {
    /**
     * Posted; {@code data} holds a whole number of accesses of {@code size} bytes.
     *
     * @param step where the second access goes: 1 up by {@code size}, -1 down, 0 to the same address
     */
    record MemoryWrite(FrameHeader header, long address, int size, int step, byte[] data) implements MemoryFrame {
        public MemoryWrite {
            data = data.clone();
        }

        @Override
        public byte[] data() {
            return data.clone();
        }

        @Override
        public FrameType type() {
            return FrameType.MEMORY_WRITE;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof MemoryWrite that
                    && header.equals(that.header)
                    && address == that.address
                    && size == that.size
                    && step == that.step
                    && Arrays.equals(data, that.data);
        }

        @Override
        public int hashCode() {
            return 31 * header.hashCode() + Arrays.hashCode(data);
        }

        @Override
        public String toString() {
            return "MemoryWrite[" + header + ", address=" + Long.toHexString(address) + ", size=" + size + ", bytes="
                    + data.length + "]";
        }
    }

    /** Posted; {@code count} loads, each followed by its store. Steps as with {@link MemoryWrite}. */
    record MemoryCopy(FrameHeader header, long source, long destination, int size, int step, int count)
            implements MemoryFrame {
        @Override
        public FrameType type() {
            return FrameType.MEMORY_COPY;
        }
    }

    record MemoryRead(FrameHeader header, long address, int size, int step, int count) implements MemoryFrame {
        @Override
        public FrameType type() {
            return FrameType.MEMORY_READ;
        }
    }

    record MemoryReadReply(FrameHeader header, byte[] data) implements MemoryFrame {
        public MemoryReadReply {
            data = data.clone();
        }

        @Override
        public byte[] data() {
            return data.clone();
        }

        @Override
        public FrameType type() {
            return FrameType.MEMORY_READ_REPLY;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof MemoryReadReply that
                    && header.equals(that.header)
                    && Arrays.equals(data, that.data);
        }

        @Override
        public int hashCode() {
            return 31 * header.hashCode() + Arrays.hashCode(data);
        }

        @Override
        public String toString() {
            return "MemoryReadReply[" + header + ", bytes=" + data.length + "]";
        }
    }

    /** Whole pages; the last claim of a page counts. */
    record ClaimMemory(FrameHeader header, long base, long length, boolean claimed) implements MemoryFrame {
        @Override
        public FrameType type() {
            return FrameType.CLAIM_MEMORY;
        }
    }

    /** In which the memory of a cloud VM is looked for ({@code enum umbra_address_space}). */
    enum AddressSpace {
        /** Offsets in the shared files behind the memory. */
        FILE,
        /** Host physical addresses of memory in huge pages. */
        HOST
    }

    /** About the cloud VM of the header; answered with {@link MemoryExtent}. */
    record ReadMemoryLayout(FrameHeader header, AddressSpace addressSpace) implements MemoryFrame {
        @Override
        public FrameType type() {
            return FrameType.READ_MEMORY_LAYOUT;
        }
    }

    /**
     * A run of a cloud VM's memory. Addresses and lengths are as L0 sent them; whoever uses them checks them.
     *
     * @param inode of the file, with address space FILE
     * @param device of its file system
     * @param index within the answer
     * @param last whether the answer ends here
     * @param incomplete with {@code last}: whether there is more than the answer says, now or later
     */
    record MemoryExtent(
            FrameHeader header,
            long cloudPhysical,
            long length,
            long offset,
            long inode,
            int device,
            int index,
            boolean last,
            boolean incomplete)
            implements MemoryFrame {
        @Override
        public FrameType type() {
            return FrameType.MEMORY_EXTENT;
        }
    }
}
