// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.graphical.Area;
import dev.umbra.remoteconsole.rfb.encoding.PixelFormat;

/** A message of a client that has finished the handshake (RFC 6143, section 7.5, and registered extensions). */
sealed interface ClientMessage {
    record SetPixelFormat(PixelFormat format) implements ClientMessage {}

    record SetEncodings(int[] encodings) implements ClientMessage {}

    record UpdateRequest(boolean incremental, Area area) implements ClientMessage {}

    /** A key by symbol. */
    record Key(boolean pressed, int keySymbol) implements ClientMessage {
        @Override
        public String toString() {
            return "Key";
        }
    }

    /** A key by number. */
    record ExtendedKey(boolean pressed, int keySymbol, int keyNumber) implements ClientMessage {
        @Override
        public String toString() {
            return "ExtendedKey";
        }
    }

    record Pointer(int buttonMask, int x, int y) implements ClientMessage {}

    /** Text in Latin-1. */
    record CutText(byte[] text) implements ClientMessage {
        @Override
        public String toString() {
            return "CutText";
        }
    }

    /** Extended Clipboard: what its first word says, and the rest. */
    record ExtendedCutText(int flags, byte[] content) implements ClientMessage {
        @Override
        public String toString() {
            return "ExtendedCutText";
        }
    }

    record EnableContinuousUpdates(boolean enabled, Area area) implements ClientMessage {}

    record Fence(int flags, byte[] payload) implements ClientMessage {}

    record Xvp(int version, int code) implements ClientMessage {}

    record SetDesktopSize(int width, int height) implements ClientMessage {}

    /** Of no consequence here. */
    record Ignored() implements ClientMessage {}
}
