// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.keyboard;

/** Takes key events by number. */
@FunctionalInterface
public interface KeySink {
    void key(int keyNumber, boolean pressed);
}
