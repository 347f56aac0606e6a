// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import java.util.List;
import java.util.OptionalLong;

/**
 * Processes that share a control group and namespaces of their own. Who made it, and what he calls it, is read from the name of
 * the control group.
 *
 * @param name that of its engine for it, such as a Docker identifier, or the last part of its control group
 * @param engine such as {@code docker}, or empty
 * @param hostName that it sees as its own
 * @param pids its processes
 * @param cpu nanoseconds used since its control group was made
 * @param memory bytes in use
 * @param diskRead and
 * @param diskWritten bytes
 * @param received and
 * @param sent bytes of the Internet Protocol in its network namespace, if that is its own
 */
public record Container(
        String name,
        String engine,
        String cgroup,
        Namespaces namespaces,
        String hostName,
        List<Integer> pids,
        OptionalLong cpu,
        OptionalLong memory,
        OptionalLong diskRead,
        OptionalLong diskWritten,
        OptionalLong received,
        OptionalLong sent) {
    public Container {
        pids = List.copyOf(pids);
    }
}
