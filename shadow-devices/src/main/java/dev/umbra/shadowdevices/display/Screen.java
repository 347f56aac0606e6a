// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

/** What a display shows at this moment, for whoever wants to look. Any one thread at a time. */
@FunctionalInterface
public interface Screen {
    /**
     * Brings a picture up to date: resizes it when the mode has changed, copies what differs and marks those tiles as
     * damaged. The tenant draws meanwhile; a half-drawn tile is copied again at the next call.
     */
    void refresh(Picture picture);
}
