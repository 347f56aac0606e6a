// SPDX-License-Identifier: Apache-2.0
/** From the symbols that clients send to the keys that a keyboard has. */
package dev.umbra.remoteconsole.rfb.keyboard;
