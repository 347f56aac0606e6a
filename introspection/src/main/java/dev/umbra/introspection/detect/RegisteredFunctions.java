// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Functions that somebody registered with the kernel, in structures that lie wherever he put them: entries of {@code /proc},
 * notifiers of keys and devices, terminals and their line disciplines, security modules, and tracepoints that see each system call.
 * They must be the kernel's or a listed module's; where the kernel alone can be behind one, they must be its own.
 */
final class RegisteredFunctions implements Detector {
    private static final Map<String, String> NOTIFIERS = Map.of(
            "keyboard_notifier_list", "atomic_notifier_head",
            "vt_notifier_list", "atomic_notifier_head",
            "die_chain", "atomic_notifier_head",
            "panic_notifier_list", "atomic_notifier_head",
            "module_notify_list", "blocking_notifier_head",
            "reboot_notifier_list", "blocking_notifier_head",
            "netdev_chain", "raw_notifier_head");
    private static final Map<String, String> SOCKET_LISTS =
            Map.of("tcp", "tcp4_seq_ops", "tcp6", "tcp6_seq_ops", "udp", "udp_seq_ops", "udp6", "udp6_seq_ops");
    private static final List<String> TRACEPOINTS =
            List.of("__tracepoint_sys_enter", "__tracepoint_sys_exit", "__tracepoint_sched_process_fork");
    private static final int MAXIMUM_ENTRIES = 1 << 16;
    private static final int MAXIMUM_DISCIPLINES = 32;
    private static final int MAXIMUM_PROBES = 64;

    @Override
    public String name() {
        return "registered-functions";
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.FUNCTION_POINTER_HOOKED);
    }

    @Override
    public void examine(Examination examination) {
        Reading reading = examination.reading();
        NOTIFIERS.forEach((list, type) -> reading.optional(list, head -> notifiers(examination, list, type, head)));
        reading.part("/proc", () -> proc(examination));
        reading.optional("tty_drivers", head -> terminals(examination, head));
        reading.optional("tty_ldiscs", table -> disciplines(examination, table));
        reading.optional("security_hook_heads", heads -> security(examination, heads));
        TRACEPOINTS.forEach(name -> reading.optional(name, tracepoint -> probes(examination, name, tracepoint)));
    }

    private static void notifiers(Examination examination, String list, String type, long head) {
        Reading reading = examination.reading();
        int call = reading.offset("notifier_block", "notifier_call");
        long first = reading.pointer(head, reading.offset(type, "head"));
        reading.next(list, first, reading.offset("notifier_block", "next"), block -> {
            long function = reading.pointer(block, call);
            if (!examination.code().legitimate(function)) {
                report(examination, list, function);
            }
        });
    }

    private static void proc(Examination examination) {
        Reading reading = examination.reading();
        Deque<Long> directories = new ArrayDeque<>();
        directories.add(examination.profile().requireSymbol("proc_root"));
        int listed = reading.offset("net", "list");
        reading.ring(
                "net_namespace_list",
                examination.profile().requireSymbol("net_namespace_list"),
                listed,
                net -> directories.add(reading.pointer(net, reading.offset("net", "proc_net"))));
        int children = reading.offset("proc_dir_entry", "subdir");
        int node = reading.offset("proc_dir_entry", "subdir_node");
        Set<Long> visited = new HashSet<>();
        while (!directories.isEmpty() && visited.size() < MAXIMUM_ENTRIES) {
            long directory = directories.remove();
            if (directory != 0 && visited.add(directory)) {
                reading.tree("proc_dir_entry.subdir", directory + children, node, entry -> {
                    entry(examination, entry);
                    directories.add(entry);
                });
            }
        }
    }

    private static void entry(Examination examination, long entry) {
        Reading reading = examination.reading();
        String name = "/proc entry " + reading.named(reading.pointer(entry, reading.offset("proc_dir_entry", "name")));
        operations(examination, name, "proc_ops", reading.pointer(entry, reading.offset("proc_dir_entry", "proc_ops")));
        operations(
                examination,
                name,
                "inode_operations",
                reading.pointer(entry, reading.offset("proc_dir_entry", "proc_iops")));
        long list = reading.pointer(entry, reading.offset("proc_dir_entry", "seq_ops"));
        if (examination.code().find(list).isPresent()) {
            single(examination, name, list);
        } else {
            operations(examination, name, "seq_operations", list);
        }
        String expected = SOCKET_LISTS.get(name.substring(name.lastIndexOf(' ') + 1));
        if (expected != null
                && list != 0
                && examination.profile().symbol(expected).orElse(list) != list) {
            report(examination, name, list);
        }
    }

    private static void terminals(Examination examination, long head) {
        Reading reading = examination.reading();
        int operations = reading.offset("tty_driver", "ops");
        int name = reading.offset("tty_driver", "name");
        reading.ring("tty_drivers", head, reading.offset("tty_driver", "tty_drivers"), driver -> {
            String named = "terminal driver " + reading.named(reading.pointer(driver, name));
            operations(examination, named, "tty_operations", reading.pointer(driver, operations));
        });
    }

    private static void disciplines(Examination examination, long table) {
        Reading reading = examination.reading();
        long end = examination
                .profile()
                .nearest(table + (MAXIMUM_DISCIPLINES - 1) * Long.BYTES)
                .filter(symbol -> symbol.name().equals("tty_ldiscs"))
                .map(symbol -> (long) MAXIMUM_DISCIPLINES)
                .orElse(MAXIMUM_DISCIPLINES - 2L);
        for (int number = 0; number < end; number++) {
            long discipline = reading.memory().u64(table + (long) number * Long.BYTES);
            operations(examination, "line discipline " + number, "tty_ldisc_ops", discipline);
        }
    }

    /** Security modules are built in. */
    private static void security(Examination examination, long heads) {
        Reading reading = examination.reading();
        int hook = reading.offset("security_hook_list", "hook");
        int count = examination.profile().size("security_hook_heads") / Long.BYTES;
        for (int index = 0; index < count; index++) {
            long first = reading.memory().u64(heads + (long) index * Long.BYTES);
            reading.chain("security_hook_heads", first, reading.offset("security_hook_list", "list"), entry -> {
                long function = reading.pointer(entry, hook);
                if (!examination.code().inKernel(function)) {
                    report(examination, "security hook", function);
                }
            });
        }
    }

    private static void probes(Examination examination, String name, long tracepoint) {
        Reading reading = examination.reading();
        long functions = reading.pointer(tracepoint, reading.offset("tracepoint", "funcs"));
        int size = examination.profile().size("tracepoint_func");
        for (int index = 0; functions != 0 && index < MAXIMUM_PROBES; index++) {
            long function = reading.memory().u64(functions + (long) index * size);
            if (function == 0) {
                return;
            }
            if (!examination.code().inKernel(function)) {
                report(examination, name.substring(2).replace('_', ' '), function);
            }
        }
    }

    /** Members that are no functions do not lead to executable memory. */
    private static void operations(Examination examination, String name, String type, long operations) {
        if (operations == 0) {
            return;
        }
        int size = examination.profile().size(type);
        for (int offset = 0; offset + Long.BYTES <= size; offset += Long.BYTES) {
            single(examination, name, examination.memory().u64(operations + offset));
        }
    }

    private static void single(Examination examination, String name, long function) {
        if (function < 0
                && !examination.code().legitimate(function)
                && (examination.code().find(function).isPresent()
                        || FunctionPointers.executable(examination, function))) {
            report(examination, name, function);
        }
    }

    private static void report(Examination examination, String what, long function) {
        examination.report(new Sighting(
                FindingKind.FUNCTION_POINTER_HOOKED,
                what,
                new Evidence.Text("registered as", what),
                examination.address("leads to", function)));
    }
}
