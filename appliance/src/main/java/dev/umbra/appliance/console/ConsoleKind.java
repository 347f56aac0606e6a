// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

/** Which of a VM's consoles. */
public enum ConsoleKind {
    SERIAL("/api/v1/console"),
    GRAPHICAL("/api/v1/display");

    private final String path;

    ConsoleKind(String path) {
        this.path = path;
    }

    /** Where its WebSocket is opened. */
    public String path() {
        return path;
    }
}
