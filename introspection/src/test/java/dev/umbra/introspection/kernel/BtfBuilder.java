// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

/** Types in the BPF Type Format; each method gives the number of what it added. */
final class BtfBuilder {
    private final Bytes types = new Bytes();
    private final Bytes strings = new Bytes().u8(0);
    private int count;

    /** A member of a structure. */
    record Member(String name, int type, int bitOffset, int bitSize) {
        Member(String name, int type, int bitOffset) {
            this(name, type, bitOffset, 0);
        }
    }

    int integer(String name, int size, boolean signed) {
        int type = type(name, BtfKind.INT, 0, false, size);
        types.u32((signed ? 1 << 24 : 0) | size * 8);
        return type;
    }

    int pointer(int target) {
        return type("", BtfKind.POINTER, 0, false, target);
    }

    int array(int element, int length) {
        int type = type("", BtfKind.ARRAY, 0, false, 0);
        types.u32(element).u32(element).u32(length);
        return type;
    }

    int struct(String name, int size, Member... members) {
        return aggregate(BtfKind.STRUCT, name, size, members);
    }

    int union(String name, int size, Member... members) {
        return aggregate(BtfKind.UNION, name, size, members);
    }

    private int aggregate(BtfKind kind, String name, int size, Member... members) {
        boolean bitFields = false;
        for (Member member : members) {
            bitFields |= member.bitSize() != 0;
        }
        int type = type(name, kind, members.length, bitFields, size);
        for (Member member : members) {
            types.u32(string(member.name())).u32(member.type()).u32(member.bitSize() << 24 | member.bitOffset());
        }
        return type;
    }

    int alias(BtfKind kind, String name, int target) {
        return type(name, kind, 0, false, target);
    }

    int enumeration(String name, boolean signed, String constant, int value) {
        int type = type(name, BtfKind.ENUM, 1, signed, 4);
        types.u32(string(constant)).u32(value);
        return type;
    }

    int enumeration64(String name, String constant, long value) {
        int type = type(name, BtfKind.ENUM64, 1, false, 8);
        types.u32(string(constant)).u64(value);
        return type;
    }

    /** The number that the next type will have. */
    int next() {
        return count + 1;
    }

    int type(String name, BtfKind kind, int entries, boolean flag, int sizeOrType) {
        types.u32(string(name))
                .u32(entries | kind.ordinal() << 24 | (flag ? 1L << 31 : 0))
                .u32(sizeOrType);
        return ++count;
    }

    private int string(String text) {
        if (text.isEmpty()) {
            return 0;
        }
        int place = strings.size();
        strings.text(text);
        return place;
    }

    byte[] build() {
        return new Bytes()
                .u16(0xeb9f)
                .u8(1)
                .u8(0)
                .u32(24)
                .u32(0)
                .u32(types.size())
                .u32(types.size())
                .u32(strings.size())
                .all(types.toArray())
                .all(strings.toArray())
                .toArray();
    }
}
