// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import dev.umbra.introspection.view.Device;
import java.util.List;

/**
 * Terminals by name and by number. {@code /proc/PID/stat} has the number, from which {@code ps} makes the name again;
 * numbers are those of Documentation/admin-guide/devices.txt.
 */
final class DeviceNumbers {
    private record Driver(String prefix, int major, int firstMinor, int lines) {}

    private static final List<Driver> DRIVERS = List.of(
            new Driver("ttyS", 4, 64, 192),
            new Driver("tty", 4, 0, 64),
            new Driver("pts/", 136, 0, 1 << 20),
            new Driver("pts", 136, 0, 1 << 20),
            new Driver("hvc", 229, 0, 256),
            new Driver("ttyUSB", 188, 0, 256),
            new Driver("ttyAMA", 204, 64, 64));
    private static final int CONSOLE = 5 << 8 | 1;

    private DeviceNumbers() {}

    /** The {@code tty_nr} of a terminal, 0 for none. */
    static int terminal(String name) {
        if (name.equals("console")) {
            return CONSOLE;
        }
        for (Driver driver : DRIVERS) {
            int line = name.startsWith(driver.prefix())
                    ? line(name.substring(driver.prefix().length()))
                    : -1;
            if (line >= 0 && line < driver.lines()) {
                return encoded(driver.major(), driver.firstMinor() + line);
            }
        }
        return 0;
    }

    /** As {@code new_encode_dev} in include/linux/kdev_t.h. */
    private static int encoded(int major, int minor) {
        return minor & 0xff | major << 8 | (minor & ~0xff) << 12;
    }

    /** Such as {@code fe:01}, as in {@code /proc/PID/maps}. */
    static void add(Text text, Device device) {
        text.hex(device.major(), 2).add(":").hex(device.minor(), 2);
    }

    private static int line(String digits) {
        return digits.length() <= 6 && digits.matches("[0-9]+") ? Integer.parseInt(digits) : -1;
    }
}
