// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** The far end of the line: keeps what it takes and can refuse. */
final class FakeTransmitter implements SerialTransmitter {
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private final List<String> events = new ArrayList<>();
    private int credit = Integer.MAX_VALUE;
    private int offers;

    @Override
    public boolean offer(int character) {
        offers++;
        if (credit == 0) {
            return false;
        }
        credit--;
        taken.write(character);
        return true;
    }

    @Override
    public void breakControl(boolean asserted) {
        events.add("break " + asserted);
    }

    @Override
    public void modemControl(boolean dataTerminalReady, boolean requestToSend) {
        events.add("dtr " + dataTerminalReady + " rts " + requestToSend);
    }

    /** Takes so many characters more and refuses from then on. */
    void takeOnly(int characters) {
        credit = characters;
    }

    void takeAll() {
        credit = Integer.MAX_VALUE;
    }

    byte[] taken() {
        return taken.toByteArray();
    }

    int credit() {
        return credit;
    }

    int takenCount() {
        return taken.size();
    }

    int offers() {
        return offers;
    }

    List<String> events() {
        return events;
    }
}
