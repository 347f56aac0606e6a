// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import dev.umbra.ultracall.FrameReader;

/** The service behind a link. Called on the link's loop thread only. */
public interface LinkListener {
    /** A connection stands and ATTACH is on its way; frames may be written. HELLO comes as the first frame. */
    void connected();

    /**
     * A valid frame, in order. The reader is reused: it shows this frame only until the method returns.
     *
     * @param frame positioned on the frame
     */
    void frame(FrameReader frame);

    /** No more frames for now: the time to commit, acknowledge and flush once for all of them. */
    void batchComplete();

    /** The connection is lost; the link tries again by itself. */
    void disconnected(String reason);
}
