// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

/** What the holder of a ticket may become at most. */
public enum ConsoleRole {
    /** May watch, type, and take over from another writer. */
    WRITER,
    /** May watch, and never type or take over. */
    VIEWER
}
