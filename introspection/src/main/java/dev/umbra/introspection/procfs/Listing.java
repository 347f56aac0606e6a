// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** A directory whose names are known from the beginning. */
final class Listing implements ProcNode.Directory {
    private final Owner owner;
    private final Map<String, ProcNode> children = new LinkedHashMap<>();

    Listing(Owner owner) {
        this.owner = owner;
    }

    Listing with(String name, ProcNode child) {
        children.put(name, child);
        return this;
    }

    /** A file made of text when it is opened. */
    Listing with(String name, Supplier<Text> content) {
        return with(name, new Content(owner, () -> content.get().bytes()));
    }

    @Override
    public Owner owner() {
        return owner;
    }

    @Override
    public Collection<String> names() {
        return Collections.unmodifiableSet(children.keySet());
    }

    @Override
    public ProcNode child(String name) {
        return children.get(name);
    }
}
