// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import java.util.EnumSet;
import java.util.Set;

/**
 * What a scan is to look at.
 *
 * @param sections what is listed
 * @param detection whether what was seen is also checked against itself
 * @param trigger who wanted it
 */
public record ScanRequest(ScanMode mode, Set<Section> sections, boolean detection, Trigger trigger) {
    /** Who wants a scan. */
    public enum Trigger {
        SCHEDULE,
        REQUEST
    }

    public ScanRequest {
        sections = Set.copyOf(sections);
        if (sections.isEmpty() && !detection) {
            throw new IllegalArgumentException("a scan looks at something");
        }
    }

    public static ScanRequest everything(ScanMode mode, Trigger trigger) {
        return new ScanRequest(mode, EnumSet.allOf(Section.class), true, trigger);
    }

    /** Steps a scan takes: the kernel first, a rehearsal if the VM is to be held, then each section, then the detection. */
    int steps() {
        return 1 + (mode == ScanMode.PAUSED ? 1 : 0) + sections.size() + (detection ? 1 : 0);
    }
}
