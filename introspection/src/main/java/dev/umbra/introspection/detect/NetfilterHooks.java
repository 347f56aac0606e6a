// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import java.util.List;
import java.util.Set;

/**
 * Functions that packets pass through ({@code include/linux/netfilter.h}), in every network namespace. They belong to the
 * kernel or to a module that the kernel lists.
 */
final class NetfilterHooks implements Detector {
    private static final List<String> FAMILIES = List.of("hooks_ipv4", "hooks_ipv6", "hooks_arp", "hooks_bridge");
    private static final int MAXIMUM_HOOKS = 1024;

    @Override
    public String name() {
        return "netfilter-hooks";
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.NETFILTER_HOOKED);
    }

    @Override
    public void examine(Examination examination) {
        Reading reading = examination.reading();
        long namespaces = examination.profile().requireSymbol("net_namespace_list");
        reading.ring("net_namespace_list", namespaces, reading.offset("net", "list"), net -> {
            for (String family : FAMILIES) {
                if (examination.profile().has("netns_nf", family)) {
                    family(examination, net, family);
                }
            }
        });
    }

    private static void family(Examination examination, long net, String family) {
        long table = net + examination.profile().offset("net", "nf." + family);
        int points = examination.profile().field("netns_nf", family).elements();
        for (int point = 0; point < points; point++) {
            long entries = examination.memory().u64(table + (long) point * Long.BYTES);
            if (entries != 0) {
                entries(examination, family + "[" + point + "]", entries);
            }
        }
    }

    private static void entries(Examination examination, String where, long entries) {
        long first = entries + examination.profile().offset("nf_hook_entries", "hooks");
        int size = examination.profile().size("nf_hook_entry");
        int count = Math.min(
                examination.memory().u16(entries + examination.profile().offset("nf_hook_entries", "num_hook_entries")),
                MAXIMUM_HOOKS);
        for (int index = 0; index < count; index++) {
            long hook = examination.memory().u64(first + (long) index * size);
            if (!examination.code().legitimate(hook)) {
                examination.report(new Sighting(
                        FindingKind.NETFILTER_HOOKED,
                        where + " 0x" + Long.toHexString(hook),
                        examination.address("leads to", hook)));
            }
        }
    }
}
