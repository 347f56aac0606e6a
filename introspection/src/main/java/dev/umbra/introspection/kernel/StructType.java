// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A structure or union of the kernel. Thread-safe. */
public final class StructType {
    private final Btf types;
    private final String name;
    private final int size;
    private final Map<String, Field> members;
    private final Map<String, Optional<Field>> paths = new ConcurrentHashMap<>();

    StructType(Btf types, String name, int size, Map<String, Field> members) {
        this.types = types;
        this.name = name;
        this.size = size;
        this.members = members;
    }

    public String name() {
        return name;
    }

    /** In bytes. */
    public int size() {
        return size;
    }

    /** In the order of their declaration, those of anonymous structures and unions among them. */
    public List<Field> fields() {
        return List.copyOf(members.values());
    }

    /**
     * A member, or with dots a member of a member.
     *
     * @param path such as {@code se.cfs_rq}; anonymous structures and unions do not appear in it
     */
    public Optional<Field> find(String path) {
        Field direct = members.get(path);
        return direct != null ? Optional.of(direct) : paths.computeIfAbsent(path, this::resolve);
    }

    /** @throws UnknownKernel if there is none */
    public Field field(String path) {
        return find(path).orElseThrow(() -> new UnknownKernel("struct " + name + " has no member " + path));
    }

    public boolean has(String path) {
        return find(path).isPresent();
    }

    /**
     * Bytes from the start of the structure.
     *
     * @throws UnknownKernel if there is no such member
     */
    public int offset(String path) {
        return field(path).offset();
    }

    private Optional<Field> resolve(String path) {
        int dot = path.indexOf('.');
        Field outer = dot < 0 ? null : members.get(path.substring(0, dot));
        if (outer == null) {
            return Optional.empty();
        }
        return types.structOf(outer.typeId())
                .flatMap(inner -> inner.find(path.substring(dot + 1)))
                .map(field -> new Field(
                        path,
                        outer.bitOffset() + field.bitOffset(),
                        field.bitSize(),
                        field.size(),
                        field.elements(),
                        field.signed(),
                        field.typeId()));
    }
}
