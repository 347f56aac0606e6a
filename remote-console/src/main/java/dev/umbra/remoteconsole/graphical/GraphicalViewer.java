// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

/** Whoever shows a session's picture. */
@FunctionalInterface
public interface GraphicalViewer {
    /** There is something new: pixels, role, lights or the end. Called from any thread, with locks held: must only wake somebody. */
    void wake();
}
