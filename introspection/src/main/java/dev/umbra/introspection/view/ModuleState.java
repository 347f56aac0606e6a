// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/** State of a module; {@code enum module_state} in {@code linux/module.h}. */
public enum ModuleState {
    LIVE,
    COMING,
    GOING,
    UNFORMED,
    /** Nothing the kernel would write. */
    UNKNOWN;

    private static final ModuleState[] STATES = values();

    static ModuleState of(int state) {
        return state >= 0 && state < UNKNOWN.ordinal() ? STATES[state] : UNKNOWN;
    }
}
