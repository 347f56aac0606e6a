// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.Symbol;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Whose code is where: the kernel's text, its modules, and what the kernel makes while it runs, which are eBPF programs and
 * dispatchers, trampolines of the function tracer, and copies of probed instructions. A function pointer that leads to none of
 * these is followed by the processor all the same, and that is what rootkits live in.
 *
 * <p>What breaks it: a new facility of the kernel that makes code. Its code would be reported as nobody's.
 */
final class CodeMap {
    /** Who owns code. */
    enum Owner {
        KERNEL,
        /** A module that the kernel itself lists. */
        MODULE,
        /** A module that was taken out of the kernel's list. */
        HIDDEN_MODULE,
        BPF,
        TRACER,
        PROBE
    }

    /**
     * A stretch of code.
     *
     * @param name of the module or program, or of the facility
     * @param end behind its last byte
     */
    record Code(Owner owner, String name, long start, long end) {
        /** Whether the owner is one that the kernel knows. */
        boolean legitimate() {
            return owner != Owner.HIDDEN_MODULE;
        }
    }

    private static final long PAGE = 4096;
    /** A pack of eBPF programs is at most one huge page for each of 64 nodes; the kernel uses one. */
    private static final long BPF_PACK = 2 << 20;

    private static final List<String> TRACERS =
            List.of("kprobe_ftrace_ops", "kprobe_ipmodify_ops", "global_ops", "graph_ops");

    private final Reading reading;
    private final Kernel kernel;
    private final NavigableMap<Long, Code> codes = new TreeMap<>(Long::compareUnsigned);
    private final NavigableMap<Long, Code> pages = new TreeMap<>(Long::compareUnsigned);

    private CodeMap(Reading reading) {
        this.reading = reading;
        this.kernel = reading.kernel();
    }

    static CodeMap read(Reading reading, Modules modules) {
        CodeMap map = new CodeMap(reading);
        reading.part("kernel text", map::kernelText);
        modules.all().forEach(map::module);
        reading.optional("bpf_kallsyms", map::programs);
        reading.optional("pack_list", map::programPacks);
        reading.optional("bpf_dispatcher_xdp", map::dispatcher);
        reading.optional("ftrace_ops_list", map::trampolines);
        TRACERS.forEach(tracer -> reading.optional(tracer, map::trampoline));
        reading.optional("kprobe_insn_slots", map::probeSlots);
        reading.optional("kprobe_optinsn_slots", map::probeSlots);
        return map;
    }

    /** The code an address lies in, if anybody's. */
    Optional<Code> find(long address) {
        Map.Entry<Long, Code> before = codes.floorEntry(address);
        return before != null && Long.compareUnsigned(address, before.getValue().end()) < 0
                ? Optional.of(before.getValue())
                : Optional.empty();
    }

    /** The owner of the page an address lies in; code does not fill its last page. */
    Optional<Code> ownerOfPage(long address) {
        Map.Entry<Long, Code> before = pages.floorEntry(address);
        return before != null && Long.compareUnsigned(address, before.getValue().end()) < 0
                ? Optional.of(before.getValue())
                : Optional.empty();
    }

    /** Whether a function there is the kernel's own, a listed module's, or made by the kernel. */
    boolean legitimate(long address) {
        return find(address).filter(Code::legitimate).isPresent();
    }

    boolean inKernel(long address) {
        return find(address).filter(code -> code.owner() == Owner.KERNEL).isPresent();
    }

    /** What people call the place, if it has a name. */
    Optional<String> describe(long address) {
        Optional<Code> code = find(address);
        if (code.isPresent() && code.get().owner() != Owner.KERNEL) {
            return code.map(known -> known.name() + "+0x" + Long.toHexString(address - known.start()));
        }
        return kernel.profile()
                .nearest(address)
                .filter(symbol -> Long.compareUnsigned(address - symbol.address(), 1 << 20) < 0)
                .map(symbol -> named(symbol, address));
    }

    private static String named(Symbol symbol, long address) {
        long offset = address - symbol.address();
        return offset == 0 ? symbol.name() : symbol.name() + "+0x" + Long.toHexString(offset);
    }

    private void kernelText() {
        add(
                Owner.KERNEL,
                "kernel",
                kernel.profile().requireSymbol("_text"),
                kernel.profile().requireSymbol("_etext"));
    }

    private void module(Modules.Module module) {
        Owner owner = module.sources().contains(Modules.Source.LIST) ? Owner.MODULE : Owner.HIDDEN_MODULE;
        for (Modules.Region region : module.text()) {
            add(owner, module.name(), region.base(), region.base() + region.size());
        }
    }

    private void programs(long list) {
        int start = reading.offset("bpf_ksym", "start");
        int end = reading.offset("bpf_ksym", "end");
        int name = reading.offset("bpf_ksym", "name");
        reading.ring(
                "bpf_kallsyms",
                list,
                reading.offset("bpf_ksym", "lnode"),
                program -> add(
                        Owner.BPF,
                        reading.name(program + name),
                        reading.pointer(program, start),
                        reading.pointer(program, end)));
    }

    private void programPacks(long list) {
        int place = reading.offset("bpf_prog_pack", "ptr");
        reading.ring("pack_list", list, reading.offset("bpf_prog_pack", "list"), pack -> {
            long base = reading.pointer(pack, place);
            pages.put(base, new Code(Owner.BPF, "eBPF programs", base, base + BPF_PACK));
        });
    }

    private void dispatcher(long dispatcher) {
        long image = reading.pointer(dispatcher, reading.offset("bpf_dispatcher", "image"));
        if (image != 0) {
            add(Owner.BPF, "eBPF dispatcher", image, image + PAGE);
        }
    }

    private void trampolines(long list) {
        int next = reading.offset("ftrace_ops", "next");
        reading.next("ftrace_ops_list", reading.memory().u64(list), next, this::trampoline);
    }

    /** Tracers of the kernel's own keep their trampolines when nobody uses them any more. */
    private void trampoline(long tracer) {
        long start = reading.pointer(tracer, reading.offset("ftrace_ops", "trampoline"));
        if (start != 0) {
            long size = reading.pointer(tracer, reading.offset("ftrace_ops", "trampoline_size"));
            add(Owner.TRACER, "ftrace trampoline", start, start + size);
        }
    }

    private void probeSlots(long cache) {
        long list = cache + reading.offset("kprobe_insn_cache", "pages");
        int instructions = reading.offset("kprobe_insn_page", "insns");
        reading.ring("kprobe_insn_cache.pages", list, reading.offset("kprobe_insn_page", "list"), page -> {
            long base = reading.pointer(page, instructions);
            add(Owner.PROBE, "kprobe instructions", base, base + PAGE);
        });
    }

    private void add(Owner owner, String name, long start, long end) {
        if (Long.compareUnsigned(start, end) < 0) {
            Code code = new Code(owner, name, start, end);
            codes.put(start, code);
            long lastPage = end + PAGE - 1 & -PAGE;
            Map.Entry<Long, Code> covering = pages.floorEntry(start);
            if (covering == null
                    || Long.compareUnsigned(lastPage, covering.getValue().end()) > 0) {
                pages.put(start & -PAGE, new Code(owner, name, start & -PAGE, lastPage));
            }
        }
    }
}
