// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import dev.umbra.introspection.memory.AddressSpace;

/**
 * A member of a structure, or a member of one of its members.
 *
 * @param path from the outermost structure, with dots
 * @param bitOffset bits from the start of the outermost structure
 * @param bitSize bits, for a bit field; 0 for any other
 * @param size bytes of the whole member; of a bit field, those of its declared type
 * @param elements number of elements of an array; 0 for what is no array or has no length of its own
 * @param signed whether it is, or its elements are, signed integers
 * @param typeId its type in the profile
 */
public record Field(String path, long bitOffset, int bitSize, int size, int elements, boolean signed, int typeId) {

    /** Bytes from the start of the outermost structure; of a bit field, to the byte with its first bit. */
    public int offset() {
        return (int) (bitOffset >>> 3);
    }

    /**
     * The value of an integer, an enumeration, a pointer or a bit field.
     *
     * @param struct address of the outermost structure
     * @throws dev.umbra.introspection.memory.Unreadable if it is not in memory
     * @throws UnknownKernel if it is none of those
     */
    public long read(AddressSpace memory, long struct) {
        long address = struct + offset();
        if (bitSize != 0) {
            return bits(memory, address);
        }
        return switch (size) {
            case 1 -> signed ? (byte) memory.u8(address) : memory.u8(address);
            case 2 -> signed ? (short) memory.u16(address) : memory.u16(address);
            case 4 -> signed ? memory.u32(address) : memory.u32(address) & 0xffff_ffffL;
            case 8 -> memory.u64(address);
            default -> throw new UnknownKernel(path + " has " + size + " bytes and is no number");
        };
    }

    private long bits(AddressSpace memory, long address) {
        int first = (int) (bitOffset & 7);
        long value = 0;
        for (int index = 0; index * 8 < first + bitSize && index < 8; index++) {
            value |= (long) memory.u8(address + index) << index * 8;
        }
        int above = 64 - bitSize;
        long top = value >>> first << above;
        return signed ? top >> above : top >>> above;
    }
}
