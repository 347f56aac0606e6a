// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

/** What a session may do to keyboard and pointer. */
public enum GraphicalRole {
    /** Looks on. */
    VIEWER,
    /** Looks on, types and points. A console has one writer at most. */
    WRITER
}
