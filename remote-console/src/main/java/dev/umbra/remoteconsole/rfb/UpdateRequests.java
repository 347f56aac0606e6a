// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import dev.umbra.remoteconsole.graphical.Area;

/** What the client has asked to be sent and has not got yet. Requests add up to one. Any thread. */
final class UpdateRequests {
    /**
     * What to send now.
     *
     * @param area where changes are wanted
     * @param refresh where pixels are wanted whether they changed or not; may be null
     * @param once whether an update answers it
     */
    record Wanted(Area area, Area refresh, boolean once) {}

    private Area requested;
    private Area refresh;
    private Area continuous;

    synchronized void request(boolean incremental, Area area) {
        requested = union(requested, area);
        if (!incremental) {
            refresh = union(refresh, area);
        }
    }

    /** Null to end it. */
    synchronized void setContinuous(Area area) {
        continuous = area;
    }

    /** Takes what is wanted; null when nothing is. */
    synchronized Wanted take() {
        if (requested == null && continuous == null) {
            return null;
        }
        Wanted wanted =
                new Wanted(continuous == null ? requested : union(requested, continuous), refresh, requested != null);
        requested = null;
        refresh = null;
        return wanted;
    }

    /** There was nothing to send. */
    synchronized void giveBack(Wanted wanted) {
        if (wanted.once()) {
            requested = union(requested, wanted.area());
        }
    }

    private static Area union(Area one, Area other) {
        return one == null ? other : one.union(other);
    }
}
