// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.memory.AddressSpace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads who a task is: credentials ({@code linux/cred.h}), namespaces ({@code linux/nsproxy.h}) and control group. Most tasks
 * share these structures, so each is read once in a scan.
 */
final class IdentityReader {
    private static final class Layout {
        final int uid;
        final int effectiveUid;
        final int savedUid;
        final int fileSystemUid;
        final int gid;
        final int effectiveGid;
        final int savedGid;
        final int fileSystemGid;
        final int groups;
        final int secureBits;
        final int inheritable;
        final int permitted;
        final int effective;
        final int bounding;
        final int ambient;
        final int userNamespace;
        final int groupCount;
        final int groupNumbers;
        final int uts;
        final int ipc;
        final int mount;
        final int pidForChildren;
        final int network;
        final int time;
        final int cgroup;
        final int inUts;
        final int inIpc;
        final int inMount;
        final int inPid;
        final int inNetwork;
        final int inTime;
        final int inCgroup;
        final int inUser;

        Layout(KernelProfile profile) {
            StructFields cred = new StructFields(profile, "cred");
            uid = cred.at("uid");
            effectiveUid = cred.at("euid");
            savedUid = cred.at("suid");
            fileSystemUid = cred.at("fsuid");
            gid = cred.at("gid");
            effectiveGid = cred.at("egid");
            savedGid = cred.at("sgid");
            fileSystemGid = cred.at("fsgid");
            groups = cred.at("group_info");
            secureBits = cred.at("securebits");
            inheritable = cred.at("cap_inheritable");
            permitted = cred.at("cap_permitted");
            effective = cred.at("cap_effective");
            bounding = cred.at("cap_bset");
            ambient = cred.at("cap_ambient");
            userNamespace = cred.at("user_ns");
            StructFields groupInfo = new StructFields(profile, "group_info");
            groupCount = groupInfo.at("ngroups");
            groupNumbers = groupInfo.at("gid");
            StructFields proxy = new StructFields(profile, "nsproxy");
            uts = proxy.at("uts_ns");
            ipc = proxy.at("ipc_ns");
            mount = proxy.at("mnt_ns");
            pidForChildren = proxy.first("pid_ns_for_children", "pid_ns");
            network = proxy.at("net_ns");
            time = proxy.optional("time_ns");
            cgroup = proxy.optional("cgroup_ns");
            inUts = number(profile, "uts_namespace");
            inIpc = number(profile, "ipc_namespace");
            inMount = number(profile, "mnt_namespace");
            inPid = number(profile, "pid_namespace");
            inNetwork = number(profile, "net");
            inTime = time == StructFields.ABSENT ? StructFields.ABSENT : number(profile, "time_namespace");
            inCgroup = cgroup == StructFields.ABSENT ? StructFields.ABSENT : number(profile, "cgroup_namespace");
            inUser = number(profile, "user_namespace");
        }

        private static int number(KernelProfile profile, String namespace) {
            return profile.offset(namespace, "ns.inum");
        }
    }

    private static final int MAXIMUM_GROUPS = 65536;
    private static final int GROUPS_SHOWN = 1024;

    private final Scan scan;
    private final AddressSpace memory;
    private final Layout layout;
    private final Map<Long, Credentials> credentials = new HashMap<>();
    private final Map<Long, Namespaces> namespaces = new HashMap<>();

    IdentityReader(Scan scan) {
        this.scan = scan;
        this.memory = scan.memory();
        this.layout = scan.layout(Layout.class, Layout::new);
    }

    /** @param cred address of the {@code struct cred} */
    Credentials credentials(long cred) {
        Credentials known = credentials.get(cred);
        if (known == null) {
            known = scan.part("cred", cred, Credentials.NONE, this::readCredentials);
            credentials.put(cred, known);
        }
        return known;
    }

    private Credentials readCredentials(long cred) {
        return new Credentials(
                cred,
                memory.u32(cred + layout.uid),
                memory.u32(cred + layout.effectiveUid),
                memory.u32(cred + layout.savedUid),
                memory.u32(cred + layout.fileSystemUid),
                memory.u32(cred + layout.gid),
                memory.u32(cred + layout.effectiveGid),
                memory.u32(cred + layout.savedGid),
                memory.u32(cred + layout.fileSystemGid),
                scan.part("group_info", memory.u64(cred + layout.groups), List.of(), this::groups),
                memory.u64(cred + layout.inheritable),
                memory.u64(cred + layout.permitted),
                memory.u64(cred + layout.effective),
                memory.u64(cred + layout.bounding),
                memory.u64(cred + layout.ambient),
                memory.u32(cred + layout.secureBits),
                number("user_namespace", memory.u64(cred + layout.userNamespace), layout.inUser));
    }

    private List<Integer> groups(long info) {
        int count = memory.u32(info + layout.groupCount);
        if (count == 0) {
            return List.of();
        }
        if (count < 0 || count > MAXIMUM_GROUPS) {
            scan.gaps().add(Reason.MALFORMED, "group_info.ngroups", info);
            return List.of();
        }
        if (count > GROUPS_SHOWN) {
            scan.gaps().add(Reason.TOO_MANY, "group_info", info);
        }
        List<Integer> groups = new ArrayList<>();
        for (int index = 0; index < Math.min(count, GROUPS_SHOWN); index++) {
            groups.add(memory.u32(info + layout.groupNumbers + (long) index * Integer.BYTES));
        }
        return Collections.unmodifiableList(groups);
    }

    /**
     * @param proxy address of the {@code struct nsproxy}, 0 if the task has ended
     * @param pidNamespace address of the task's own {@code struct pid_namespace}, or 0
     * @param userNamespace inode number
     */
    Namespaces namespaces(long proxy, long pidNamespace, long userNamespace) {
        long pid = number("pid_namespace", pidNamespace, layout.inPid);
        Namespaces known = namespaces.get(proxy);
        if (known == null) {
            known = scan.part("nsproxy", proxy, Namespaces.NONE, this::readNamespaces)
                    .with(pid, userNamespace);
            namespaces.put(proxy, known);
        }
        return known.pid() == pid && known.user() == userNamespace ? known : known.with(pid, userNamespace);
    }

    private Namespaces readNamespaces(long proxy) {
        return new Namespaces(
                number("mnt_namespace", memory.u64(proxy + layout.mount), layout.inMount),
                number("uts_namespace", memory.u64(proxy + layout.uts), layout.inUts),
                number("ipc_namespace", memory.u64(proxy + layout.ipc), layout.inIpc),
                number("net", memory.u64(proxy + layout.network), layout.inNetwork),
                0,
                number("pid_namespace", memory.u64(proxy + layout.pidForChildren), layout.inPid),
                0,
                optional("cgroup_namespace", proxy, layout.cgroup, layout.inCgroup),
                optional("time_namespace", proxy, layout.time, layout.inTime));
    }

    private long optional(String what, long proxy, int field, int number) {
        return field == StructFields.ABSENT ? 0 : number(what, memory.u64(proxy + field), number);
    }

    private long number(String what, long namespace, int field) {
        return scan.part(what, namespace, 0L, address -> Integer.toUnsignedLong(memory.u32(address + field)));
    }
}
