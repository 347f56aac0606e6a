// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.keyboard;

/**
 * How a symbol is typed.
 *
 * @param keyNumber which key
 * @param shift whether with Shift
 * @param altGr whether with AltGr
 * @param letter whether Caps Lock changes it
 */
record KeyStroke(int keyNumber, boolean shift, boolean altGr, boolean letter) {}
