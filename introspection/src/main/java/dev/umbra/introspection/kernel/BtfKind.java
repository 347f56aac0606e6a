// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

/** Kinds of types, by their numbers in the BPF Type Format. */
enum BtfKind {
    VOID(0, 0),
    INT(4, 0),
    POINTER(0, 0),
    ARRAY(12, 0),
    STRUCT(0, 12),
    UNION(0, 12),
    ENUM(0, 8),
    FORWARD(0, 0),
    TYPEDEF(0, 0),
    VOLATILE(0, 0),
    CONST(0, 0),
    RESTRICT(0, 0),
    FUNCTION(0, 0),
    FUNCTION_PROTOTYPE(0, 8),
    VARIABLE(4, 0),
    DATA_SECTION(0, 12),
    FLOAT(0, 0),
    DECLARATION_TAG(4, 0),
    TYPE_TAG(0, 0),
    ENUM64(0, 12);

    private static final BtfKind[] KINDS = values();

    private final int extra;
    private final int entry;

    BtfKind(int extra, int entry) {
        this.extra = extra;
        this.entry = entry;
    }

    /** Null for a number without a kind. */
    static BtfKind of(int number) {
        return number < KINDS.length ? KINDS[number] : null;
    }

    /** Bytes that follow the common part of a description. */
    long length(int entries) {
        return extra + (long) entry * entries;
    }

    int entryLength() {
        return entry;
    }

    boolean isStruct() {
        return this == STRUCT || this == UNION;
    }

    boolean isEnum() {
        return this == ENUM || this == ENUM64;
    }

    /** Whether it is another type under a name or with a qualifier. */
    boolean isAlias() {
        return switch (this) {
            case TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG -> true;
            default -> false;
        };
    }
}
