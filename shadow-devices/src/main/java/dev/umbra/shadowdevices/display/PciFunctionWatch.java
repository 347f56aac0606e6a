// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import dev.umbra.shadowdevices.DeviceStateException;
import dev.umbra.shadowdevices.DeviceStateException.Reason;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Finds out where a tenant has put the memory of its display, from the PCI configuration accesses that it makes anyway.
 *
 * <p>The function belongs to the untrusted hypervisor, which answers each access ("PCI Local Bus Specification", configuration
 * mechanism #1: address at 0xcf8, data at 0xcfc). It is told of a write, and of a read with its answer, afterwards. A read of the
 * vendor and device that a display has tells which function it is. What the tenant writes into its base addresses is where they
 * are, and the answer to a write of all ones is how large they are ("Base Addresses"). In between, while a base address is being
 * sized, there is no mapping.
 *
 * <p>What breaks it: configuration by memory access (ECAM), of which it hears nothing; base addresses of 64 bits, which the function
 * does not have. A lying hypervisor can hide the function or give it another size, which makes the display useless and shows
 * nobody's memory: addresses are the tenant's, who maps only its own.
 */
public final class PciFunctionWatch {
    /** First of the four ports of the configuration address. */
    public static final int ADDRESS_PORT = 0xcf8;
    /** First of the four ports of the configuration data. */
    public static final int DATA_PORT = 0xcfc;
    /** Bytes of a saved watch. A multiple of eight. */
    public static final int SIZE = 40;

    private static final int PORTS = 4;
    private static final int VENDOR = 0x1234;
    private static final int DEVICE = 0x1111;
    private static final int IDENTITY = DEVICE << Short.SIZE | VENDOR;
    private static final int WORD_MASK = 0xffff;

    private static final int ENABLE = 0x80000000;
    private static final int FUNCTION_MASK = 0x00ffff00;
    private static final int REGISTER_MASK = 0xfc;
    private static final int COMMAND_REGISTER = 0x04;
    private static final int COMMAND_MEMORY = 0x02;
    private static final int FRAME_BUFFER_REGISTER = 0x10;
    private static final int REGISTERS_REGISTER = 0x18;

    private static final int MAGIC = 0x57494350;
    private static final int VERSION = 1;
    private static final int MAGIC_OFFSET = 0;
    private static final int VERSION_OFFSET = 4;
    private static final int ADDRESS_OFFSET = 8;
    private static final int CANDIDATE_OFFSET = 12;
    private static final int FUNCTION_OFFSET = 16;
    private static final int COMMAND_OFFSET = 20;
    private static final int FRAME_BUFFER_OFFSET = 24;
    private static final int REGISTERS_OFFSET = 32;

    private static final int NONE = -1;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final BaseAddress frameBuffer = new BaseAddress();
    private final BaseAddress registers = new BaseAddress();
    private int address;
    /** Where a vendor was read that fits, and the function once its device did, too; as in the configuration address. */
    private int candidate = NONE;

    private int function = NONE;
    private int command;

    /**
     * Where the display is in the tenant's physical memory. Sizes are in bytes and powers of two; zero if nobody asked for them.
     */
    public record Mapping(long frameBuffer, long frameBufferSize, long registers, long registersSize) {}

    /** The tenant has written a value of 1, 2 or 4 bytes to one of these ports. */
    public void written(int port, int size, int value) {
        if (port == ADDRESS_PORT && size == Integer.BYTES) {
            address = value;
        } else if (isData(port, size) && (address & FUNCTION_MASK) == function) {
            int shift = (port - DATA_PORT) * Byte.SIZE;
            int mask = mask(size) << shift;
            int merged = value << shift & mask;
            switch (address & REGISTER_MASK) {
                case COMMAND_REGISTER -> command = command & ~mask | merged;
                case FRAME_BUFFER_REGISTER -> frameBuffer.write(mask, merged);
                case REGISTERS_REGISTER -> registers.write(mask, merged);
                default -> {}
            }
        }
    }

    /** The tenant has read a value of 1, 2 or 4 bytes from one of these ports and got this answer. */
    public void read(int port, int size, int value) {
        if (!isData(port, size)) {
            return;
        }
        int at = address & FUNCTION_MASK;
        int register = (address & REGISTER_MASK) + port - DATA_PORT;
        if (register <= Short.BYTES) {
            readIdentity(at, register, size, value);
        } else if (at == function && size == Integer.BYTES) {
            switch (register) {
                case COMMAND_REGISTER -> command = value & WORD_MASK;
                case FRAME_BUFFER_REGISTER -> frameBuffer.read(value);
                case REGISTERS_REGISTER -> registers.read(value);
                default -> {}
            }
        } else if (at == function && register == COMMAND_REGISTER && size == Short.BYTES) {
            command = value & WORD_MASK;
        }
    }

    private void readIdentity(int at, int register, int size, int value) {
        if (register == 0 && size == Integer.BYTES) {
            identified(at, value == IDENTITY);
        } else if (register == 0 && size == Short.BYTES) {
            candidate = (value & WORD_MASK) == VENDOR ? at : NONE;
        } else if (register == Short.BYTES && size == Short.BYTES && at == candidate) {
            identified(at, (value & WORD_MASK) == DEVICE);
        }
    }

    private void identified(int at, boolean display) {
        if (display && at != function) {
            forget();
            function = at;
        }
    }

    /** The tenant was reset, its configuration registers with it; it has to configure the function again. */
    public void reset() {
        address = 0;
        forget();
    }

    private void forget() {
        candidate = NONE;
        function = NONE;
        command = 0;
        frameBuffer.forget();
        registers.forget();
    }

    /** Where the display is now; empty if it is unknown, not decoding memory, or being moved. */
    public Optional<Mapping> mapping() {
        if (function == NONE || (command & COMMAND_MEMORY) == 0 || !frameBuffer.isSet() || !registers.isSet()) {
            return Optional.empty();
        }
        return Optional.of(
                new Mapping(frameBuffer.address(), frameBuffer.size(), registers.address(), registers.size()));
    }

    private boolean isData(int port, int size) {
        return port >= DATA_PORT && port + size <= DATA_PORT + PORTS && (address & ENABLE) != 0;
    }

    private static int mask(int size) {
        return (int) ((1L << size * Byte.SIZE) - 1);
    }

    /** Writes {@link #SIZE} bytes at the start of a segment, without allocating. */
    public void save(MemorySegment segment) {
        segment.set(INT, MAGIC_OFFSET, MAGIC);
        segment.set(INT, VERSION_OFFSET, VERSION);
        segment.set(INT, ADDRESS_OFFSET, address);
        segment.set(INT, CANDIDATE_OFFSET, candidate);
        segment.set(INT, FUNCTION_OFFSET, function);
        segment.set(INT, COMMAND_OFFSET, command);
        frameBuffer.save(segment, FRAME_BUFFER_OFFSET);
        registers.save(segment, REGISTERS_OFFSET);
    }

    /**
     * Takes over what was saved in the first {@link #SIZE} bytes, which may be anything.
     *
     * @throws DeviceStateException if they are not a saved watch; nothing has changed then
     */
    public void restore(MemorySegment segment) {
        if (segment.byteSize() < SIZE) {
            throw new DeviceStateException(Reason.TRUNCATED, "PCI watch");
        }
        if (segment.get(INT, MAGIC_OFFSET) != MAGIC) {
            throw new DeviceStateException(Reason.WRONG_DEVICE, "PCI watch");
        }
        if (segment.get(INT, VERSION_OFFSET) != VERSION) {
            throw new DeviceStateException(Reason.UNSUPPORTED_VERSION, "PCI watch");
        }
        int savedCandidate = segment.get(INT, CANDIDATE_OFFSET);
        int savedFunction = segment.get(INT, FUNCTION_OFFSET);
        int savedCommand = segment.get(INT, COMMAND_OFFSET);
        if (!isFunction(savedCandidate) || !isFunction(savedFunction)) {
            throw new DeviceStateException(Reason.OUT_OF_RANGE, "PCI function");
        }
        if ((savedCommand & ~WORD_MASK) != 0) {
            throw new DeviceStateException(Reason.OUT_OF_RANGE, "PCI command");
        }
        address = segment.get(INT, ADDRESS_OFFSET);
        candidate = savedCandidate;
        function = savedFunction;
        command = savedCommand;
        frameBuffer.restore(segment, FRAME_BUFFER_OFFSET);
        registers.restore(segment, REGISTERS_OFFSET);
    }

    private static boolean isFunction(int value) {
        return value == NONE || (value & ~FUNCTION_MASK) == 0;
    }

    /** One base address register of 32 bits. */
    private static final class BaseAddress {
        static final int SIZE = 2 * Integer.BYTES;
        private static final int FLAGS = 0xf;
        private static final int SIZING = ~FLAGS;

        private int value;
        /** The address bits that can be set, as the function answers it; zero while that is unknown. */
        private int settable;

        void write(int mask, int bits) {
            value = (value & ~mask | bits) & ~FLAGS;
        }

        void read(int answer) {
            if (value == SIZING) {
                settable = answer & ~FLAGS;
            } else {
                value = answer & ~FLAGS;
            }
        }

        void forget() {
            value = 0;
            settable = 0;
        }

        boolean isSet() {
            return value != 0 && value != SIZING;
        }

        long address() {
            return Integer.toUnsignedLong(settable == 0 ? value : value & settable);
        }

        long size() {
            return Integer.toUnsignedLong(Integer.lowestOneBit(settable));
        }

        void save(MemorySegment segment, long offset) {
            segment.set(INT, offset, value);
            segment.set(INT, offset + Integer.BYTES, settable);
        }

        void restore(MemorySegment segment, long offset) {
            value = segment.get(INT, offset) & ~FLAGS;
            settable = segment.get(INT, offset + Integer.BYTES) & ~FLAGS;
        }
    }
}
