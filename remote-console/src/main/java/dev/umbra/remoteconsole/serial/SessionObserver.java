// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

/** Told who comes, goes and takes over, as for an audit trail. Called with the console's lock held: must return at once. */
public interface SessionObserver {
    /** Takes notice of nothing. */
    SessionObserver NONE = new SessionObserver() {};

    default void opened(SerialSession session) {}

    default void closed(SerialSession session) {}

    /** {@code writer} types from now on instead of {@code former}. */
    default void takenOver(SerialSession writer, SerialSession former) {}
}
