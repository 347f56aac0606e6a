// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import dev.umbra.ultracall.Direction;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.FrameException;
import dev.umbra.ultracall.FrameReader;
import dev.umbra.ultracall.FrameType;
import dev.umbra.ultracall.Protocol;
import java.lang.foreign.MemorySegment;

/** Cuts what a connection brought into frames, insists on a HELLO that can be spoken first, and hands them on. */
final class FrameDelivery {
    private final FrameReader reader = new FrameReader(Direction.TO_SERVICE);
    private final LinkListener listener;
    private final LinkCounters counters;
    private boolean greeted;

    FrameDelivery(LinkListener listener, LinkCounters counters) {
        this.listener = listener;
        this.counters = counters;
    }

    /** A new connection: HELLO is due again. */
    void reset() {
        greeted = false;
    }

    boolean greeted() {
        return greeted;
    }

    /**
     * Delivers all complete frames among the first {@code available} bytes, unless the connection ends meanwhile.
     *
     * @return bytes consumed
     * @throws ConnectionFailure if the connection cannot go on
     */
    long deliver(MemorySegment bytes, long available, Connection connection) throws ConnectionFailure {
        long offset = 0;
        long delivered = 0;
        try {
            while (connection.open()) {
                int length = reader.wrap(bytes, offset, available - offset);
                if (length == 0) {
                    break;
                }
                if (!greeted) {
                    greet();
                }
                offset += length;
                delivered++;
                listener.frame(reader);
            }
        } catch (FrameException e) {
            counters.framesMalformed.increment();
            throw new ConnectionFailure("malformed frame: " + e.getMessage());
        } finally {
            counters.framesReceived.add(delivered);
        }
        return offset;
    }

    private void greet() throws ConnectionFailure {
        if (reader.type() == FrameType.REJECTED && reader.toFrame() instanceof Frame.Rejected rejected) {
            throw new ConnectionFailure("L0 refused to attach, error " + rejected.error());
        }
        if (reader.type() != FrameType.HELLO || !(reader.toFrame() instanceof Frame.Hello hello)) {
            throw new ConnectionFailure("first frame is " + reader.type() + ", not HELLO");
        }
        String refusal = Protocol.refusal(hello);
        if (refusal != null) {
            throw new ConnectionFailure(refusal);
        }
        greeted = true;
    }

    /** Tells whether frames may still be delivered. */
    @FunctionalInterface
    interface Connection {
        boolean open();
    }
}
