// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/** What an eBPF program is run for; {@code enum bpf_prog_type} of {@code linux/bpf.h}, whose numbers never change. */
public enum BpfProgramType {
    UNSPEC,
    SOCKET_FILTER,
    KPROBE,
    SCHED_CLS,
    SCHED_ACT,
    TRACEPOINT,
    XDP,
    PERF_EVENT,
    CGROUP_SKB,
    CGROUP_SOCK,
    LWT_IN,
    LWT_OUT,
    LWT_XMIT,
    SOCK_OPS,
    SK_SKB,
    CGROUP_DEVICE,
    SK_MSG,
    RAW_TRACEPOINT,
    CGROUP_SOCK_ADDR,
    LWT_SEG6LOCAL,
    LIRC_MODE2,
    SK_REUSEPORT,
    FLOW_DISSECTOR,
    CGROUP_SYSCTL,
    RAW_TRACEPOINT_WRITABLE,
    CGROUP_SOCKOPT,
    TRACING,
    STRUCT_OPS,
    EXT,
    LSM,
    SK_LOOKUP,
    SYSCALL,
    NETFILTER,
    /** None of those known here. */
    UNKNOWN;

    private static final BpfProgramType[] TYPES = values();

    static BpfProgramType of(int type) {
        return type >= 0 && type < UNKNOWN.ordinal() ? TYPES[type] : UNKNOWN;
    }
}
