// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

/** No cable: takes nothing and tells nobody. */
enum DisconnectedTransmitter implements SerialTransmitter {
    INSTANCE;

    @Override
    public boolean offer(int character) {
        return false;
    }

    @Override
    public void breakControl(boolean asserted) {
        // Nobody is there to see it.
    }

    @Override
    public void modemControl(boolean dataTerminalReady, boolean requestToSend) {
        // Nobody is there to see it.
    }
}
