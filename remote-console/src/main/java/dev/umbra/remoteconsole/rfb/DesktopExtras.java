// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.graphical.GraphicalRole;
import dev.umbra.remoteconsole.graphical.GraphicalSession;
import dev.umbra.remoteconsole.rfb.encoding.ByteSink;
import dev.umbra.remoteconsole.rfb.encoding.Encodings;

/** What a client is told beside pixels: name, pointer, lights, answers to its wishes. Own thread of the updater. */
final class DesktopExtras {
    private static final int UNKNOWN_LEDS = -1;

    private final String vmName;
    private String name = "";
    private String nameSent = "";
    private boolean cursorDue;
    private boolean extendedKeyDue;
    private boolean sizeDue;
    private int sizeReason;
    private int sizeStatus;
    private int ledsSent = UNKNOWN_LEDS;
    private int leds = UNKNOWN_LEDS;
    private int pending;

    DesktopExtras(String vmName) {
        this.vmName = vmName;
    }

    /** The name a session shows: that of the machine, and why it cannot type if so. */
    String nameFor(GraphicalSession session) {
        if (session.role() == GraphicalRole.WRITER) {
            return vmName;
        }
        return session.takenOverBy().isEmpty()
                ? vmName + " (view only)"
                : vmName + " (view only: taken over by " + session.takenOverBy() + ")";
    }

    /** The name was sent with the first message. */
    void started(String firstName) {
        nameSent = firstName;
    }

    /** The client's wishes have changed. */
    void settingsChanged(ClientSettings before, ClientSettings after) {
        cursorDue |= after.has(Encodings.CURSOR);
        extendedKeyDue |= after.has(Encodings.QEMU_EXTENDED_KEY) && !before.has(Encodings.QEMU_EXTENDED_KEY);
        if (after.has(Encodings.EXTENDED_DESKTOP_SIZE) && !before.has(Encodings.EXTENDED_DESKTOP_SIZE)) {
            answerSize(0, 0);
        }
    }

    /** The client's wish for a size, or the present size, is to be answered. */
    void answerSize(int reason, int status) {
        sizeDue = true;
        sizeReason = reason;
        sizeStatus = status;
    }

    /** Looks what there is to tell. */
    void look(GraphicalSession session, ClientSettings settings) {
        pending = 0;
        name = nameFor(session);
        if (nameDue(settings)) {
            pending++;
        }
        leds = session.leds();
        if (ledsDue(settings)) {
            pending++;
        }
        cursorDue &= settings.has(Encodings.CURSOR);
        extendedKeyDue &= settings.has(Encodings.QEMU_EXTENDED_KEY);
        sizeDue &= settings.has(Encodings.EXTENDED_DESKTOP_SIZE);
        pending += (cursorDue ? 1 : 0) + (extendedKeyDue ? 1 : 0) + (sizeDue ? 1 : 0);
    }

    /** How many rectangles {@link #write} writes. */
    int pending() {
        return pending;
    }

    void write(ByteSink out, ClientSettings settings, int width, int height) {
        if (sizeDue) {
            sizeDue = false;
            UpdateWriter.extendedDesktopSize(out, sizeReason, sizeStatus, width, height);
        }
        if (extendedKeyDue) {
            extendedKeyDue = false;
            UpdateWriter.extendedKey(out);
        }
        if (cursorDue) {
            cursorDue = false;
            UpdateWriter.cursor(out, settings.format());
        }
        if (nameDue(settings)) {
            nameSent = name;
            UpdateWriter.desktopName(out, name);
        }
        if (ledsDue(settings)) {
            ledsSent = leds;
            if (settings.has(Encodings.QEMU_LED_STATE)) {
                UpdateWriter.qemuLeds(out, leds);
            } else {
                UpdateWriter.vmwareLeds(out, leds);
            }
        }
    }

    private boolean nameDue(ClientSettings settings) {
        return settings.has(Encodings.DESKTOP_NAME) && !name.equals(nameSent);
    }

    private boolean ledsDue(ClientSettings settings) {
        return leds != ledsSent && (settings.has(Encodings.QEMU_LED_STATE) || settings.has(Encodings.VMWARE_LED_STATE));
    }
}
