// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;

/**
 * One thing a scan saw in a VM: a process, a module, a socket. Immutable, so that moments share what did not change. Names and
 * numbers are the kernel's; addresses and sets of bits are hexadecimal texts, since numbers of JSON do not hold them; times are in
 * nanoseconds, sizes in bytes; members that could not be read are absent. All of it was written by the tenant: whoever shows it
 * escapes it.
 */
public sealed interface Fact
        permits Fact.Process,
                Fact.Thread,
                Fact.Module,
                Fact.OpenFile,
                Fact.Mapping,
                Fact.Mount,
                Fact.LogRecord,
                Fact.BpfProgram,
                Fact.Container,
                NetworkFact {
    /** What makes it the same thing at another moment; unique within its section of a moment. */
    String identity();

    /** Without what changes all the time, such as processor time: two moments differ in something only if this does. */
    default Fact settled() {
        return this;
    }

    /** The process it belongs to, or -1. */
    default int process() {
        return -1;
    }

    /** A thread group. */
    @Schema(name = "Process")
    record Process(
            int pid,
            int ppid,
            @Schema(example = "sshd") String name,
            @Schema(example = "sleeping") String state,
            boolean kernelThread,
            int threads,

            @Schema(description = "From the boot of the VM to its start")
            long startTime,

            Credentials credentials,
            List<String> commandLine,
            @Schema(example = "/usr/sbin/sshd") String executable,
            int processGroup,
            int session,
            @Schema(example = "ttyS0") String terminal,

            @Schema(description = "Path in the unified hierarchy", example = "/system.slice/ssh.service")
            String cgroup,

            @Schema(description = "Inode numbers by kind", example = "{\"pid\":4026531836}")
            Map<String, Long> namespaces,

            long userTime,
            long systemTime,
            long virtualSize,
            long residentSize)
            implements Fact {
        @Override
        public String identity() {
            return pid + "@" + startTime;
        }

        @Override
        public Fact settled() {
            return new Process(
                    pid,
                    ppid,
                    name,
                    "",
                    kernelThread,
                    threads,
                    startTime,
                    credentials,
                    commandLine,
                    executable,
                    processGroup,
                    session,
                    terminal,
                    cgroup,
                    namespaces,
                    0,
                    0,
                    0,
                    0);
        }

        @Override
        public int process() {
            return pid;
        }
    }

    /** Whose rights a process has. */
    @Schema(name = "Credentials")
    record Credentials(
            int uid,
            int euid,
            int suid,
            int fsuid,
            int gid,
            int egid,
            int sgid,
            int fsgid,
            List<Integer> groups,
            @Schema(example = "0x1ffffffffff") String permittedCapabilities,
            @Schema(example = "0x0") String effectiveCapabilities) {}

    /** A thread. */
    @Schema(name = "Thread")
    record Thread(
            int tid,
            int pid,
            String name,
            @Schema(example = "running") String state,

            @Schema(description = "From the boot of the VM to its start")
            long startTime,

            @Schema(description = "Where it runs or ran last")
            int processor,

            long userTime,
            long systemTime)
            implements Fact {
        @Override
        public String identity() {
            return tid + "@" + startTime;
        }

        @Override
        public Fact settled() {
            return new Thread(tid, pid, name, "", startTime, 0, 0, 0);
        }

        @Override
        public int process() {
            return pid;
        }
    }

    /** A loaded kernel module. */
    @Schema(name = "Module")
    record Module(
            @Schema(example = "nf_tables") String name,
            @Schema(example = "0xffffffffc0a10000") String address,
            long size,
            @Schema(example = "live") String state,
            int references,
            List<String> usedBy,
            String version,

            @Schema(description = "As in /proc/modules", example = "OE")
            String taint,

            boolean signed)
            implements Fact {
        @Override
        public String identity() {
            return name + "@" + address;
        }

        @Override
        public Fact settled() {
            return new Module(name, address, size, state, 0, usedBy, version, taint, signed);
        }
    }

    /** An open file. */
    @Schema(name = "OpenFile")
    record OpenFile(
            int pid,
            int fd,
            @Schema(example = "regular") String type,
            @Schema(example = "/var/log/syslog") String path,

            @Schema(description = "As given to open, with what the kernel added", example = "0x8002")
            String flags,

            long position,
            long inode,

            @Schema(description = "Of the file system", example = "254:1")
            String device)
            implements Fact {
        @Override
        public String identity() {
            return pid + "/" + fd;
        }

        @Override
        public Fact settled() {
            return new OpenFile(pid, fd, type, path, flags, 0, inode, device);
        }

        @Override
        public int process() {
            return pid;
        }
    }

    /** A mapping of a process. */
    @Schema(name = "Mapping")
    record Mapping(
            int pid,
            @Schema(example = "0x7f3c5a000000") String start,

            @Schema(description = "First byte behind it", example = "0x7f3c5a028000")
            String end,

            @Schema(example = "r-xp") String permissions,
            @Schema(example = "0x28000") String offset,
            @Schema(example = "254:1") String device,
            long inode,

            @Schema(example = "/usr/lib/x86_64-linux-gnu/libc.so.6")
            String path)
            implements Fact {
        @Override
        public String identity() {
            return pid + "/" + start;
        }

        @Override
        public int process() {
            return pid;
        }
    }

    /** A mount. */
    @Schema(name = "Mount")
    record Mount(
            @Schema(description = "Inode number of its mount namespace")
            long namespace,

            int id,
            int parent,
            @Schema(example = "254:1") String device,

            @Schema(description = "Directory of the file system that is seen", example = "/")
            String root,

            @Schema(example = "/home") String path,
            @Schema(example = "rw,relatime") String options,
            @Schema(example = "ext4") String type,
            @Schema(example = "/dev/vda1") String source,
            @Schema(example = "rw") String superOptions)
            implements Fact {
        @Override
        public String identity() {
            return namespace + "/" + id;
        }
    }

    /** A record of the kernel's log. */
    @Schema(name = "LogRecord")
    record LogRecord(
            long sequence,
            @Schema(description = "By the kernel's clock") long time,

            @Schema(description = "0 for the kernel itself", example = "0")
            int facility,

            @Schema(example = "warning") String level,

            @Schema(description = "Subsystem and device it is about", example = "+pci:0000:00:1f.0")
            String device,

            String text)
            implements Fact {
        @Override
        public String identity() {
            return Long.toUnsignedString(sequence);
        }
    }

    /** A loaded eBPF program. */
    @Schema(name = "BpfProgram")
    record BpfProgram(
            int id,
            @Schema(example = "cgroup-device") String type,
            String name,
            @Schema(example = "6deef7357e7b4530") String tag,

            @Schema(description = "From the boot of the VM to its loading")
            long loadTime,

            int instructions,

            @Schema(description = "Address of its machine code", example = "0xffffffffc0201000")
            String code,

            long codeSize,

            @Schema(description = "Function it traces or replaces")
            String attachedTo)
            implements Fact {
        @Override
        public String identity() {
            return id + "@" + tag;
        }
    }

    /** A container: processes that share a cgroup and namespaces of their own. */
    @Schema(name = "Container")
    record Container(
            String name,
            @Schema(example = "docker") String engine,

            @Schema(example = "/system.slice/docker-3f1c.scope")
            String cgroup,

            String hostName,
            Map<String, Long> namespaces,
            List<Integer> pids,
            Long cpuTime,
            Long memory,
            Long diskRead,
            Long diskWritten,
            Long networkReceived,
            Long networkSent)
            implements Fact {
        @Override
        public String identity() {
            return cgroup + " " + name;
        }

        @Override
        public Fact settled() {
            return new Container(name, engine, cgroup, hostName, namespaces, pids, null, null, null, null, null, null);
        }
    }
}
