// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

/** What a session may do to the line. */
public enum SerialRole {
    /** Sees the output. Falls behind rather than slow the tenant down. */
    VIEWER,
    /** Sees the output completely and types. A console has one writer at most. */
    WRITER
}
