// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.serial;

/**
 * The device's end of the line, told when there is something to do. Both methods are called from any thread, the device's own
 * included, and must return at once: implementations submit a task to the device's event loop. Calls are edges, not counts: one call
 * stands for everything that became possible since the last one.
 */
public interface SerialLine {
    /** {@link SerialConsole#receive()} has something to give again. */
    void inputReady();

    /** {@link SerialConsole#transmit(int)} has refused a character and would now take it. */
    void outputReady();
}
