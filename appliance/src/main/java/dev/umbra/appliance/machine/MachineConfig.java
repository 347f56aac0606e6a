// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.machine;

import dev.umbra.remoteconsole.graphical.GraphicalConsoleConfig;
import dev.umbra.remoteconsole.serial.SerialConsoleConfig;

/**
 * What the devices and consoles of every tenant VM are like.
 *
 * @param width of the mode that the display prefers, in pixels, 320 to 2560
 * @param height of that mode, in pixels, 200 to 1600
 */
public record MachineConfig(SerialConsoleConfig serial, GraphicalConsoleConfig graphical, int width, int height) {
    /** The consoles' defaults, and a display that prefers 1280 by 800. */
    public static MachineConfig defaults() {
        return new MachineConfig(SerialConsoleConfig.defaults(), GraphicalConsoleConfig.defaults(), 1280, 800);
    }

    /** Another preferred mode. */
    public MachineConfig withMode(int newWidth, int newHeight) {
        return new MachineConfig(serial, graphical, newWidth, newHeight);
    }
}
