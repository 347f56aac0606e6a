// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

/** Power keys of a machine, with what their user may do already decided. Called from any thread, must return at once. */
@FunctionalInterface
public interface RfbPower {
    /** Nothing is permitted; clients are not offered power keys. */
    RfbPower NONE = new RfbPower() {
        @Override
        public boolean request(Action action) {
            return false;
        }

        @Override
        public boolean isOffered() {
            return false;
        }
    };

    /** What may be asked for. */
    enum Action {
        /** A clean shutdown. */
        SHUTDOWN,
        /** A clean restart. */
        REBOOT,
        /** A reset. */
        RESET
    }

    /** Asks for it; false when it is refused. */
    boolean request(Action action);

    /** Whether clients are told that there are power keys. */
    default boolean isOffered() {
        return true;
    }
}
