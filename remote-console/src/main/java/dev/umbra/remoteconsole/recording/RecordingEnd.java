// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.recording;

/** Why a recording has ended. */
public enum RecordingEnd {
    /** Somebody stopped it. */
    STOPPED,
    /** It is as long as allowed. */
    TOO_LONG,
    /** The file is as large as allowed. */
    TOO_LARGE,
    /** The console has closed. */
    CONSOLE_CLOSED,
    /** The file could not be written. */
    FAILED
}
