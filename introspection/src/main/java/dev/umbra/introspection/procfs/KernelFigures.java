// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import dev.umbra.introspection.kernel.Field;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.UnknownKernel;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Unreadable;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Single figures of a kernel. One that is not there or cannot be read is 0, or what the caller gives for it. */
final class KernelFigures {
    private final Kernel kernel;
    private final KernelProfile profile;
    private final AddressSpace memory;

    KernelFigures(Kernel kernel) {
        this.kernel = kernel;
        this.profile = kernel.profile();
        this.memory = kernel.memory();
    }

    KernelProfile profile() {
        return profile;
    }

    AddressSpace memory() {
        return memory;
    }

    /** @return 0 if it fails */
    long orZero(LongSupplier figure) {
        return or(0L, figure::getAsLong);
    }

    <T> T or(T otherwise, Supplier<T> figure) {
        try {
            return figure.get();
        } catch (Unreadable | UnknownKernel e) {
            return otherwise;
        }
    }

    /** A variable of eight bytes. */
    long word(String symbol) {
        return orZero(() -> memory.u64(profile.requireSymbol(symbol)));
    }

    /** One of an array of such variables. */
    long word(String symbol, long index) {
        return orZero(() -> memory.u64(profile.requireSymbol(symbol) + index * Long.BYTES));
    }

    /** A variable of four bytes. */
    int number(String symbol) {
        return (int) orZero(() -> memory.u32(profile.requireSymbol(symbol)));
    }

    /** A member of a structure that has a symbol. */
    long member(String symbol, String struct, String path) {
        return orZero(() -> profile.field(struct, path).read(memory, profile.requireSymbol(symbol)));
    }

    /** A member of a structure at an address. */
    long memberAt(long address, String struct, String path) {
        return orZero(() -> profile.field(struct, path).read(memory, address));
    }

    /** A member of a processor's own copy of a structure. */
    long member(int cpu, String symbol, String struct, String path) {
        return orZero(() -> profile.field(struct, path).read(memory, kernel.perCpu(symbol, cpu)));
    }

    /** One of an array of numbers within a processor's own copy of a structure. */
    long element(int cpu, String symbol, String struct, String path, int index, int size) {
        return orZero(() -> {
            long address = kernel.perCpu(symbol, cpu) + profile.offset(struct, path) + (long) index * size;
            return size == Long.BYTES ? memory.u64(address) : memory.u32(address) & 0xffff_ffffL;
        });
    }

    /** Text in an array within a structure. */
    String text(long address, String struct, String path) {
        return or("", () -> {
            Field field = profile.field(struct, path);
            return memory.string(address + field.offset(), Math.max(1, field.size()));
        });
    }

    /** Text behind a pointer that has a symbol. */
    String pointedText(String symbol, int limit) {
        return or("", () -> memory.string(memory.u64(profile.requireSymbol(symbol)), limit));
    }

    int cpus() {
        return kernel.cpus();
    }

    long perCpu(String symbol, int cpu) {
        return orZero(() -> kernel.perCpu(symbol, cpu));
    }
}
