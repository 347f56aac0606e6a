// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import java.util.List;

/**
 * What the name of a control group says about who made the container in it.
 *
 * @param engine empty if it is none of those known here
 */
record ContainerName(String engine, String name) {
    private record Pattern(String engine, String prefix) {}

    private static final List<Pattern> PATTERNS = List.of(
            new Pattern("docker", "docker-"),
            new Pattern("podman", "libpod-"),
            new Pattern("containerd", "cri-containerd-"),
            new Pattern("cri-o", "crio-"),
            new Pattern("lxc", "lxc.payload."),
            new Pattern("systemd-nspawn", "machine-"),
            new Pattern("systemd-nspawn", "systemd-nspawn@"));
    private static final List<Pattern> PARENTS =
            List.of(new Pattern("docker", "docker"), new Pattern("podman", "libpod_parent"), new Pattern("lxc", "lxc"));
    private static final List<String> UNIT_SUFFIXES = List.of(".scope", ".service", ".slice");

    /** @param cgroup path of the control group */
    static ContainerName of(String cgroup) {
        String[] parts = cgroup.split("/");
        for (int index = parts.length - 1; index >= 0; index--) {
            for (Pattern pattern : PATTERNS) {
                if (parts[index].startsWith(pattern.prefix())) {
                    return new ContainerName(
                            pattern.engine(),
                            unit(parts[index].substring(pattern.prefix().length())));
                }
            }
            for (Pattern parent : PARENTS) {
                if (index > 0 && parts[index - 1].equals(parent.prefix())) {
                    return new ContainerName(parent.engine(), parts[index]);
                }
            }
        }
        return new ContainerName("", parts.length == 0 ? "" : unit(parts[parts.length - 1]));
    }

    private static String unit(String name) {
        for (String suffix : UNIT_SUFFIXES) {
            if (name.endsWith(suffix)) {
                return name.substring(0, name.length() - suffix.length());
            }
        }
        return name;
    }
}
