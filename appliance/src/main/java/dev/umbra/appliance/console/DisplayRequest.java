// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.remoteconsole.graphical.GraphicalRole;
import dev.umbra.remoteconsole.rfb.keyboard.KeyboardLayout;
import java.util.Map;
import java.util.Objects;

/**
 * What the client of a screen asked for in the query of its address.
 *
 * @param role the role to start in
 * @param layout keyboard layout of the machine, by which text is typed
 */
record DisplayRequest(GraphicalRole role, String layout) {
    /**
     * Reads {@code role} ({@code writer}, the default, or {@code viewer}) and {@code layout} ({@code us}, the default, {@code de},
     * {@code fr} or {@code jp}); other parameters are not looked at.
     *
     * @throws IllegalArgumentException when one of them makes no sense
     */
    static DisplayRequest of(Map<String, String> query) {
        String layout = Objects.requireNonNullElse(query.get("layout"), "us");
        KeyboardLayout.of(layout);
        return new DisplayRequest(role(query.get("role")), layout);
    }

    private static GraphicalRole role(String value) {
        return switch (value) {
            case null -> GraphicalRole.WRITER;
            case "writer" -> GraphicalRole.WRITER;
            case "viewer" -> GraphicalRole.VIEWER;
            default -> throw new IllegalArgumentException("unknown role");
        };
    }
}
