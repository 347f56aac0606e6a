// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.websocket;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The far end of a WebSocket, as the server library offers it. Calls come one at a time, from virtual threads, and may block while
 * the client is slow; a blocked call ends with an exception when the connection does.
 */
public interface WebSocketClient {
    /** Sends one whole binary message; {@code bytes} is the caller's again when this returns. */
    void sendBinary(ByteBuffer bytes) throws IOException;

    /** Sends one whole text message. */
    void sendText(String text) throws IOException;

    /** Sends a ping frame. */
    void sendPing() throws IOException;

    /** Closes the connection with a status code (RFC 6455, section 7.4) and a reason of at most 123 bytes. */
    void close(int code, String reason) throws IOException;
}
