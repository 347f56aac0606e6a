// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Predicate;

/** Where each type of a BTF blob is, by number and by name; all lengths in it are checked once, here. */
final class BtfTypes {
    private static final int MAGIC_AND_VERSION = 0x0001_eb9f;
    private static final int COMMON = 12;
    private static final int MAXIMUM_NAME = 512;
    private static final int PROBES_PER_NAME = 64;
    private static final int FREE_PROBES = 1 << 20;

    private final byte[] bytes;
    private final int[] places;
    private final int strings;
    private final int stringsEnd;
    private final int[] slots;

    private BtfTypes(byte[] bytes, int[] places, int strings, int stringsEnd) {
        this.bytes = bytes;
        this.places = places;
        this.strings = strings;
        this.stringsEnd = stringsEnd;
        int named = 0;
        for (int type = 1; type < places.length; type++) {
            named += isIndexed(type) ? 1 : 0;
        }
        slots = new int[Integer.highestOneBit(Math.max(2, named)) << 2];
        long probes = (long) named * PROBES_PER_NAME + FREE_PROBES;
        for (int type = 1; type < places.length; type++) {
            if (isIndexed(type)) {
                int slot = hash(type) & slots.length - 1;
                while (slots[slot] != 0) {
                    slot = slot + 1 & slots.length - 1;
                    if (--probes < 0) {
                        throw new UnknownKernel("too many of its types share their names");
                    }
                }
                slots[slot] = type;
            }
        }
    }

    static BtfTypes index(byte[] bytes, int maximumTypes) {
        if (bytes.length < Btf.HEADER || LittleEndian.u32(bytes, 0) != MAGIC_AND_VERSION) {
            throw new UnknownKernel("its BTF has no header of version 1");
        }
        long header = word(bytes, 4) & 0xffff_ffffL;
        long first = header + (word(bytes, 8) & 0xffff_ffffL);
        long end = first + (word(bytes, 12) & 0xffff_ffffL);
        long strings = header + (word(bytes, 16) & 0xffff_ffffL);
        long stringsEnd = strings + (word(bytes, 20) & 0xffff_ffffL);
        if (header < Btf.HEADER || end > bytes.length || stringsEnd > bytes.length) {
            throw new UnknownKernel("its BTF is longer than its place");
        }
        int[] places = new int[1 << 16];
        int count = 1;
        for (long place = first; place < end; count++) {
            long length = place + COMMON > end ? -1 : length(bytes, (int) place);
            if (length < 0 || place + length > end || count > maximumTypes) {
                throw new UnknownKernel("type " + count + " of its BTF is malformed");
            }
            if (count == places.length) {
                places = Arrays.copyOf(places, count * 2);
            }
            places[count] = (int) place;
            place += length;
        }
        return new BtfTypes(bytes, Arrays.copyOf(places, count), (int) strings, (int) stringsEnd);
    }

    private static long length(byte[] bytes, int place) {
        int info = word(bytes, place + 4);
        BtfKind kind = BtfKind.of(info >>> 24 & 0x1f);
        return kind == null || kind == BtfKind.VOID ? -1 : COMMON + kind.length(info & 0xffff);
    }

    private static int word(byte[] bytes, int place) {
        return LittleEndian.u32(bytes, place);
    }

    /** Types are numbered from 1 to this. */
    int count() {
        return places.length - 1;
    }

    boolean exists(int type) {
        return type > 0 && type < places.length;
    }

    BtfKind kind(int type) {
        return BtfKind.of(info(type) >>> 24 & 0x1f);
    }

    /** Number of members, constants or parameters. */
    int vlen(int type) {
        return info(type) & 0xffff;
    }

    /** The kind's own flag: bit fields in a structure, signed constants in an enumeration. */
    boolean flag(int type) {
        return info(type) < 0;
    }

    /** Bytes of the type, or the number of another, as its kind has it. */
    int sizeOrType(int type) {
        return word(places[type] + 8);
    }

    /** Where the data of its kind begins. */
    int extra(int type) {
        return places[type] + COMMON;
    }

    /** Where a member or constant is described. */
    int entry(int type, int index) {
        return extra(type) + index * kind(type).entryLength();
    }

    int word(int place) {
        return word(bytes, place);
    }

    String name(int type) {
        return string(word(places[type]));
    }

    /** Empty if there is none, or none that ends. */
    String string(int offset) {
        int length = stringLength(offset);
        return length <= 0 ? "" : new String(bytes, strings + offset, length, StandardCharsets.UTF_8);
    }

    boolean isName(int offset, String wanted) {
        int length = wanted.length();
        if (offset < 0 || offset >= stringsEnd - strings - length) {
            return false;
        }
        for (int index = 0; index < length; index++) {
            if (bytes[strings + offset + index] != wanted.charAt(index)) {
                return false;
            }
        }
        return bytes[strings + offset + length] == 0;
    }

    /** The first type with a name and of a kind, or 0. */
    int named(String name, Predicate<BtfKind> wanted) {
        int slot = hash(name) & slots.length - 1;
        int first = 0;
        for (; slots[slot] != 0; slot = slot + 1 & slots.length - 1) {
            int type = slots[slot];
            if ((first == 0 || type < first) && wanted.test(kind(type)) && isName(word(places[type]), name)) {
                first = type;
            }
        }
        return first;
    }

    private boolean isIndexed(int type) {
        BtfKind kind = kind(type);
        return (kind.isStruct() || kind.isEnum() || kind == BtfKind.TYPEDEF) && stringLength(word(places[type])) > 0;
    }

    private int info(int type) {
        return word(places[type] + 4);
    }

    private int stringLength(int offset) {
        if (offset < 0 || offset >= stringsEnd - strings) {
            return -1;
        }
        int start = strings + offset;
        int limit = Math.min(stringsEnd, start + MAXIMUM_NAME);
        for (int index = start; index < limit; index++) {
            if (bytes[index] == 0) {
                return index - start;
            }
        }
        return -1;
    }

    private int hash(int type) {
        int offset = word(places[type]);
        int hash = 0;
        for (int index = strings + offset; bytes[index] != 0; index++) {
            hash = hash * 31 + bytes[index];
        }
        return hash ^ hash >>> 15;
    }

    private static int hash(String name) {
        int hash = 0;
        for (int index = 0; index < name.length(); index++) {
            hash = hash * 31 + (byte) name.charAt(index);
        }
        return hash ^ hash >>> 15;
    }
}
