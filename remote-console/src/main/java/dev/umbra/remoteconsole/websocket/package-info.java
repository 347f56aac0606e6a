// SPDX-License-Identifier: Apache-2.0
/** The serial console over a WebSocket, whatever server carries it; the page that speaks it is in {@code browser/}. */
package dev.umbra.remoteconsole.websocket;
