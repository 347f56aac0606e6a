// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.ultracall.FrameWriter;
import dev.umbra.ultracall.PortClaim;
import dev.umbra.ultracall.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the devices of one VM want to serve, and how L0 comes to know it. A claim lives in L0 as long as its VM, longer
 * than this process, so after an attach L0 may hold claims of memory that a predecessor was about to withdraw. The
 * whole of it is therefore said anew: for memory also what is not claimed, gap by gap, so that no page that stays
 * claimed is L1's for a moment. Ports nobody spoke of are left as L0 has them by default.
 */
final class Claims {
    /** Fewer than L0 takes: while gaps are withdrawn, what is left of older ranges may be in more pieces. */
    private static final int MEMORY_LIMIT = Protocol.MEMORY_CLAIMS / 2;

    private static final int PORT_LIMIT = 32;
    private static final int PORTS = 0x10000;
    private static final long NO_SEQUENCE = 0;

    private final List<Ports> ports = new ArrayList<>();
    private final TreeMap<Long, Long> memory = new TreeMap<>();
    private boolean changed;

    private record Ports(int base, int count, PortClaim claim) {
        boolean covers(Ports other) {
            return base <= other.base && other.base + other.count <= base + count;
        }
    }

    void ports(int base, int count, PortClaim claim) {
        if (base < 0 || count < 1 || base + count > PORTS || count == PORTS) {
            throw new IllegalArgumentException("no such ports");
        }
        Ports added = new Ports(base, count, claim);
        if (ports.contains(added) && ports.indexOf(added) == ports.size() - 1) {
            return;
        }
        ports.removeIf(added::covers);
        if (ports.size() == PORT_LIMIT) {
            throw new IllegalStateException("more than " + PORT_LIMIT + " ranges of ports");
        }
        ports.add(added);
        changed = true;
    }

    void memory(long base, long length, boolean claimed) {
        if (((base | length) & Protocol.PAGE_SIZE - 1) != 0
                || base < 0
                || length <= 0
                || base >= Protocol.MEMORY_END
                || length > Protocol.MEMORY_END - base) {
            throw new IllegalArgumentException("not whole pages of physical memory");
        }
        TreeMap<Long, Long> next = new TreeMap<>();
        long first = base;
        long end = base + length;
        for (Map.Entry<Long, Long> range : memory.entrySet()) {
            long from = range.getKey();
            long to = range.getValue();
            if (claimed && from <= end && to >= base) {
                first = Math.min(first, from);
                end = Math.max(end, to);
            } else {
                keep(next, from, Math.min(to, base));
                keep(next, Math.max(from, end), to);
            }
        }
        if (claimed) {
            next.put(first, end);
        }
        if (next.size() > MEMORY_LIMIT) {
            throw new IllegalStateException("more than " + MEMORY_LIMIT + " ranges of memory");
        }
        if (!next.equals(memory)) {
            memory.clear();
            memory.putAll(next);
            changed = true;
        }
    }

    /** A new connection: L0 may hold other claims. */
    void forgetTold() {
        changed = true;
    }

    boolean changed() {
        return changed;
    }

    void send(FrameWriter output, long tenantVm, int cloudVm) {
        changed = false;
        for (Ports range : ports) {
            output.claimPorts(NO_SEQUENCE, tenantVm, cloudVm, range.base(), range.count(), range.claim());
        }
        long from = 0;
        for (Map.Entry<Long, Long> range : memory.entrySet()) {
            withdraw(output, tenantVm, cloudVm, from, range.getKey());
            from = range.getValue();
        }
        withdraw(output, tenantVm, cloudVm, from, Protocol.MEMORY_END);
        memory.forEach((base, end) -> output.claimMemory(NO_SEQUENCE, tenantVm, cloudVm, base, end - base, true));
    }

    private static void withdraw(FrameWriter output, long tenantVm, int cloudVm, long from, long to) {
        if (from < to) {
            output.claimMemory(NO_SEQUENCE, tenantVm, cloudVm, from, to - from, false);
        }
    }

    private static void keep(TreeMap<Long, Long> ranges, long from, long to) {
        if (from < to) {
            ranges.put(from, to);
        }
    }
}
