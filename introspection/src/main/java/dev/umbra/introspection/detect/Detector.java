// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.FindingKind;
import java.time.Duration;
import java.util.Set;

/**
 * Looks for one way of tampering. Stateless: what it wants to remember from one scan to the next it keeps in the
 * {@link Baseline}, so one detector serves all machines and threads.
 *
 * <p>A detector reports what it sees at this moment. Whether that was only a race with the running machine is the business of
 * {@link Scan}, which looks again and believes what is seen each time; so the same thing must have the same subject each time.
 */
public interface Detector {
    /** For people and metrics, in lower case with dashes. */
    String name();

    /** What it can find. A scan without gaps that no longer sees findings of these kinds has them closed. */
    Set<FindingKind> kinds();

    /** How long a sound kernel may show it what it looks for: it is reported if it is there all that time. */
    default Duration transit() {
        return Duration.ZERO;
    }

    /**
     * Looks once.
     *
     * @throws dev.umbra.introspection.memory.Unreadable where memory is missing; what was reported until then stands
     * @throws dev.umbra.introspection.kernel.UnknownKernel if this kernel lacks what the detector reads; likewise
     */
    void examine(Examination examination);
}
