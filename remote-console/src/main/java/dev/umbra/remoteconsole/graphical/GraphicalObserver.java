// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

/** Told who comes, goes and takes over, as for an audit trail. Called with the console's lock held: must return at once. */
public interface GraphicalObserver {
    /** Takes notice of nothing. */
    GraphicalObserver NONE = new GraphicalObserver() {};

    default void opened(GraphicalSession session) {}

    default void closed(GraphicalSession session) {}

    /** {@code writer} types from now on instead of {@code former}. */
    default void takenOver(GraphicalSession writer, GraphicalSession former) {}
}
