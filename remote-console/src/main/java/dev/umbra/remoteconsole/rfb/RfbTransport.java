// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import io.netty.buffer.ByteBuf;

/** What carries a session's bytes. Calls to {@link #send} come one at a time. */
public interface RfbTransport {
    /** Sends bytes, which become the transport's. May block until there is room; throws nothing when the client is gone. */
    void send(ByteBuf bytes);

    /** Whether what was sent so far leaves soon. When it becomes true again {@link RfbSession#becameWritable} is to be called. */
    boolean isWritable();

    /**
     * Nothing of a text was typed, since the machine's keyboard has no key for these characters of it. Never blocks.
     *
     * @param characters some of them, each once; not to be kept
     */
    default void notTyped(String characters) {}

    /** Closes the connection after what was sent. */
    void close();
}
