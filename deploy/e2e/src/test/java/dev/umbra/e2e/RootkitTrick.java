// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import dev.umbra.introspection.FindingKind;
import java.util.Locale;

/** Parameters of the test rootkit in {@code deploy/testbed/tools/rootkit}, and what they should be found as. */
enum RootkitTrick {
    UNLINK_PROCESS(FindingKind.PROCESS_HIDDEN, Value.PROCESS),
    UNLINK_PID(FindingKind.PROCESS_HIDDEN, Value.PROCESS),
    HIDE_MODULE(FindingKind.MODULE_HIDDEN, "module test_rootkit"),
    ERASE_MODULE(FindingKind.CODE_WITHOUT_OWNER, "module test_rootkit"),
    HIDE_SOCKET(FindingKind.SOCKET_HIDDEN, Value.PORT),
    CHANGE_CREDENTIALS(FindingKind.CREDENTIALS_CHANGED, Value.PROCESS),
    SHARE_CREDENTIALS(FindingKind.CREDENTIALS_CHANGED, Value.PROCESS),
    HOOK_FTRACE(FindingKind.FTRACE_HOOK, "tcp4_seq_show.*"),
    HOOK_KPROBE(FindingKind.KPROBE_HOOK, "__x64_sys_getdents64.*"),
    HOOK_NETFILTER(FindingKind.NETFILTER_HOOKED, ".*"),
    HOOK_TABLE(FindingKind.SYSTEM_CALL_HOOKED, "sys_call_table\\[62]"),
    HOOK_OPERATIONS(FindingKind.FUNCTION_POINTER_HOOKED, "udp_seq_ops\\+0x18"),
    HOOK_LSTAR(FindingKind.SYSTEM_CALL_ENTRY_MOVED, "processor [01]"),
    HOOK_IDT(FindingKind.INTERRUPT_HOOKED, "vector 4"),
    PATCH_TEXT(FindingKind.KERNEL_TEXT_CHANGED, "__x64_sys_sysinfo.*"),
    PATCH_MODULE(FindingKind.KERNEL_TEXT_CHANGED, "dummy_change_carrier \\[dummy]");

    /** Unloads the rootkit, in a shell; a trick that hides it ends first. */
    static final String UNLOAD = "until rmmod test_rootkit; do sleep 1; done";

    static final String UNLOAD_IF_LOADED = "[ ! -d /sys/module/test_rootkit ] || " + UNLOAD;

    /** What a parameter is about. */
    private enum Value {
        SWITCH,
        PROCESS,
        PORT
    }

    private final FindingKind kind;
    private final String subject;
    private final Value about;

    RootkitTrick(FindingKind kind, String subject) {
        this.kind = kind;
        this.subject = subject;
        this.about = Value.SWITCH;
    }

    RootkitTrick(FindingKind kind, Value about) {
        this.kind = kind;
        this.subject = "";
        this.about = about;
    }

    static RootkitTrick named(String parameter) {
        return valueOf(parameter.toUpperCase(Locale.ROOT));
    }

    FindingKind kind() {
        return kind;
    }

    /** Whether it is done to a process. */
    boolean needsProcess() {
        return about == Value.PROCESS;
    }

    /** Whether it can be done beside all others. What is in no list at all is not missing in one of them. */
    boolean getsAlong() {
        return this != ERASE_MODULE;
    }

    /** Whether only a scan before can tell that something changed. */
    boolean needsBaseline() {
        return this == CHANGE_CREDENTIALS;
    }

    /** Value of the parameter for a process that runs and a port that is listened on. */
    int value(int pid, int port) {
        return switch (about) {
            case SWITCH -> 1;
            case PROCESS -> pid;
            case PORT -> port;
        };
    }

    /** Parameters of the module. One that cannot be unloaded because it is hidden ends by itself. */
    String parameters(int pid, int port) {
        String own = name().toLowerCase(Locale.ROOT) + "=" + value(pid, port);
        return switch (this) {
            case HIDE_MODULE, ERASE_MODULE -> own + " seconds=60";
            // That of a module in the list is as good as any.
            case HOOK_NETFILTER -> own + " hide_module=1 seconds=60";
            default -> own;
        };
    }

    /** What a finding must match: its kind and its subject. */
    String finding(int value) {
        return kind + " "
                + switch (about) {
                    case SWITCH -> subject;
                    case PROCESS -> "process " + value;
                    // A socket is called by its inode.
                    case PORT -> "socket .*";
                };
    }
}
