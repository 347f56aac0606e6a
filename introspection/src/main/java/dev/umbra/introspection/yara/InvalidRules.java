// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.yara;

import java.util.List;

/** Rules that YARA does not accept. */
public final class InvalidRules extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<String> problems;

    InvalidRules(List<String> problems) {
        super(String.join("; ", problems));
        this.problems = List.copyOf(problems);
    }

    /** Each with its line, such as {@code rules(3): undefined string "$b"}. */
    public List<String> problems() {
        return problems;
    }
}
