// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import io.netty.buffer.ByteBuf;

/** What the bytes to come mean. */
@FunctionalInterface
interface RfbStep {
    /** Somebody else decides how it goes on; bytes wait meanwhile. */
    RfbStep WAIT = in -> null;

    /**
     * Reads one message.
     *
     * @return the step after it; null when some of it is missing, with nothing consumed
     */
    RfbStep read(ByteBuf in) throws RfbProtocolException;
}
