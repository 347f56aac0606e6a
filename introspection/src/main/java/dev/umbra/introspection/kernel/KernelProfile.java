// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What one kernel says about itself: where its symbols are in this boot, and how its structures are laid out. Immutable
 * and thread-safe. Symbols and types are shared by all machines that run the same build; what differs is the address of
 * the text, which the kernel chooses at each boot.
 */
public final class KernelProfile {
    private static final String BANNER = "Linux version ";

    private final KernelDescription description;
    private final long textBase;

    KernelProfile(KernelDescription description, long textBase) {
        this.description = description;
        this.textBase = textBase;
    }

    KernelDescription description() {
        return description;
    }

    /** The first line of the kernel's log. */
    public String banner() {
        return description.banner();
    }

    /** Such as {@code 6.1.0-18-cloud-amd64}. */
    public String release() {
        String rest = banner().substring(BANNER.length());
        int end = rest.indexOf(' ');
        return end < 0 ? rest : rest.substring(0, end);
    }

    /** Names the build: lowercase hexadecimal, as {@code file} prints it. */
    public String buildId() {
        return description.buildId();
    }

    /** Where the kernel's text begins in this boot. */
    public long textBase() {
        return textBase;
    }

    /** The address of a symbol; if several have the name, of the first of them. */
    public OptionalLong symbol(String name) {
        return description.symbols().address(name, textBase);
    }

    /** @throws UnknownKernel if there is none */
    public long requireSymbol(String name) {
        return symbol(name).orElseThrow(() -> new UnknownKernel("no symbol " + name));
    }

    /** All symbols with a name: local ones may share theirs. */
    public List<Symbol> symbols(String name) {
        return description.symbols().all(name, textBase);
    }

    /** All symbols, in the order of their addresses. */
    public Stream<Symbol> symbols() {
        return description.symbols().stream(textBase);
    }

    /** The symbol that an address of the kernel lies in or behind, without the per-CPU ones. */
    public Optional<Symbol> nearest(long address) {
        return description.symbols().nearest(address, textBase);
    }

    /** Such as {@code do_sys_open+0x1c}, for an address within the kernel. */
    public Optional<String> symbolAt(long address) {
        return nearest(address).map(symbol -> {
            long offset = address - symbol.address();
            return offset == 0 ? symbol.name() : symbol.name() + "+0x" + Long.toHexString(offset);
        });
    }

    /** A structure or union by its tag or by the name of its type. */
    public Optional<StructType> findStruct(String name) {
        return description.types().struct(name);
    }

    /** @throws UnknownKernel if there is none */
    public StructType struct(String name) {
        return findStruct(name).orElseThrow(() -> new UnknownKernel("no struct " + name));
    }

    public boolean has(String struct, String path) {
        return findStruct(struct).filter(type -> type.has(path)).isPresent();
    }

    /** @throws UnknownKernel if there is no such structure or member */
    public Field field(String struct, String path) {
        return struct(struct).field(path);
    }

    /**
     * Bytes from the start of a structure to a member, with dots to a member of a member.
     *
     * @throws UnknownKernel if there is no such structure or member
     */
    public int offset(String struct, String path) {
        return field(struct, path).offset();
    }

    /**
     * Bytes of a structure.
     *
     * @throws UnknownKernel if there is no such structure
     */
    public int size(String struct) {
        return struct(struct).size();
    }

    /** The value of a constant of a named enumeration. */
    public OptionalLong enumValue(String enumeration, String constant) {
        return description.types().constant(enumeration, constant);
    }

    /** The value of a constant of any enumeration, also of one without a name. */
    public OptionalLong constant(String constant) {
        return description.types().constant(constant);
    }
}
