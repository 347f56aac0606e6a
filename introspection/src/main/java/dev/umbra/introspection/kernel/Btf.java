// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The types of a kernel in the BPF Type Format, as the kernel's documentation {@code bpf/btf.rst} and its header
 * {@code linux/btf.h} define it: a header, type descriptions numbered from 1, and names. Immutable but for what it
 * remembers; thread-safe.
 *
 * <p>One pass finds where each type is; structures are decoded when somebody asks. All of it is a hostile tenant's:
 * every reference is checked, chains of types and nested anonymous structures have a limit, and what does not end is not
 * there.
 */
final class Btf {
    static final int HEADER = 24;

    private static final int MAXIMUM_TYPES = 1 << 20;
    private static final int MAXIMUM_MEMBERS = 1 << 14;
    private static final int MAXIMUM_CHAIN = 32;
    private static final int MAXIMUM_NESTING = 16;
    private static final int POINTER_SIZE = 8;

    private final BtfTypes types;
    private final Map<Integer, Optional<StructType>> structs = new ConcurrentHashMap<>();

    private Btf(BtfTypes types) {
        this.types = types;
    }

    /**
     * @param bytes header, types and names; not copied
     * @throws UnknownKernel if they are none
     */
    static Btf parse(byte[] bytes) {
        return new Btf(BtfTypes.index(bytes, MAXIMUM_TYPES));
    }

    int count() {
        return types.count();
    }

    Optional<StructType> struct(String name) {
        int type = types.named(name, BtfKind::isStruct);
        return structOf(type != 0 ? type : types.named(name, kind -> kind == BtfKind.TYPEDEF));
    }

    /** The structure or union behind a type, its names and qualifiers. */
    Optional<StructType> structOf(int typeId) {
        int type = resolve(typeId);
        return type == 0 || !types.kind(type).isStruct()
                ? Optional.empty()
                : structs.computeIfAbsent(type, this::decode);
    }

    OptionalLong constant(String enumeration, String constant) {
        int type = types.named(enumeration, BtfKind::isEnum);
        if (type == 0) {
            type = resolve(types.named(enumeration, kind -> kind == BtfKind.TYPEDEF));
        }
        return type == 0 || !types.kind(type).isEnum() ? OptionalLong.empty() : constantOf(type, constant);
    }

    OptionalLong constant(String constant) {
        for (int type = 1; type <= types.count(); type++) {
            if (types.kind(type).isEnum()) {
                OptionalLong value = constantOf(type, constant);
                if (value.isPresent()) {
                    return value;
                }
            }
        }
        return OptionalLong.empty();
    }

    private OptionalLong constantOf(int type, String constant) {
        boolean wide = types.kind(type) == BtfKind.ENUM64;
        for (int index = 0; index < types.vlen(type); index++) {
            int entry = types.entry(type, index);
            if (types.isName(types.word(entry), constant)) {
                long low = types.word(entry + 4);
                if (wide) {
                    return OptionalLong.of((long) types.word(entry + 8) << 32 | low & 0xffff_ffffL);
                }
                return OptionalLong.of(types.flag(type) ? low : low & 0xffff_ffffL);
            }
        }
        return OptionalLong.empty();
    }

    private Optional<StructType> decode(int type) {
        return Optional.of(
                new StructType(this, types.name(type), types.sizeOrType(type), new Members(MAXIMUM_MEMBERS).of(type)));
    }

    /** Collects the members of one structure; the limit counts those of anonymous ones each time they are met. */
    private final class Members {
        private final Map<String, Field> found = new LinkedHashMap<>();
        private int left;

        Members(int limit) {
            left = limit;
        }

        Map<String, Field> of(int type) {
            add(type, 0, 0);
            return found;
        }

        private void add(int type, long base, int nesting) {
            boolean hasBitSizes = types.flag(type);
            for (int index = 0; index < types.vlen(type) && left-- > 0; index++) {
                int entry = types.entry(type, index);
                String name = types.string(types.word(entry));
                int memberType = types.word(entry + 4);
                int place = types.word(entry + 8);
                long bitOffset = base + (hasBitSizes ? place & 0xff_ffff : place & 0xffff_ffffL);
                int bitSize = hasBitSizes ? place >>> 24 : 0;
                if (!name.isEmpty()) {
                    found.putIfAbsent(name, member(name, bitOffset, bitSize, memberType));
                } else if (nesting < MAXIMUM_NESTING) {
                    int inner = resolve(memberType);
                    if (inner != 0 && types.kind(inner).isStruct()) {
                        add(inner, bitOffset, nesting + 1);
                    }
                }
            }
        }

        private Field member(String name, long bitOffset, int bitSize, int memberType) {
            int type = resolve(memberType);
            int elements = type != 0 && types.kind(type) == BtfKind.ARRAY ? types.word(types.extra(type) + 8) : 0;
            return new Field(
                    name,
                    bitOffset,
                    Math.min(bitSize, 64),
                    (int) Math.min(size(type, 0), Integer.MAX_VALUE),
                    Math.max(elements, 0),
                    signed(type),
                    memberType);
        }
    }

    private boolean signed(int typeId) {
        int type = typeId;
        for (int step = 0; step < MAXIMUM_CHAIN && type != 0; step++) {
            switch (types.kind(type)) {
                case ARRAY -> type = resolve(types.word(types.extra(type)));
                case INT -> {
                    return (types.word(types.extra(type)) >>> 24 & 1) != 0;
                }
                case ENUM, ENUM64 -> {
                    return types.flag(type);
                }
                default -> {
                    return false;
                }
            }
        }
        return false;
    }

    private long size(int typeId, int nesting) {
        int type = resolve(typeId);
        if (type == 0 || nesting > MAXIMUM_NESTING) {
            return 0;
        }
        return switch (types.kind(type)) {
            case INT, ENUM, ENUM64, STRUCT, UNION, FLOAT -> types.sizeOrType(type) & 0xffff_ffffL;
            case POINTER -> POINTER_SIZE;
            case ARRAY -> {
                int extra = types.extra(type);
                long length = types.word(extra + 8) & 0xffff_ffffL;
                yield Math.min(size(types.word(extra), nesting + 1) * length, Integer.MAX_VALUE);
            }
            default -> 0;
        };
    }

    /** Past names of types and qualifiers; 0 if that leads nowhere. */
    private int resolve(int typeId) {
        int type = typeId;
        for (int step = 0; step < MAXIMUM_CHAIN; step++) {
            if (!types.exists(type)) {
                return 0;
            }
            if (!types.kind(type).isAlias()) {
                return type;
            }
            type = types.sizeOrType(type);
        }
        return 0;
    }
}
