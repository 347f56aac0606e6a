// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.Paging;
import dev.umbra.introspection.memory.PhysicalMemory;
import dev.umbra.introspection.memory.Unreadable;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Finds the kernel of a machine: a banner, the symbols near it, by them the page tables, the types and the build
 * identifier, and at last whether it all fits together. Each step is tried for one candidate after the other; the reason
 * that is reported is that of the candidate that came furthest.
 *
 * <p>What was found by its shape in physical memory counts only when a processor whose registers are known maps it: an
 * old kernel that was left in memory, or one prepared as a decoy, is not the kernel that runs.
 */
final class KernelFinder {
    private static final int MAXIMUM_CANDIDATES = 64;
    private static final int IMAGE = 16 << 20;
    private static final int MAXIMUM_BANNER = 512;
    private static final long MAXIMUM_TYPES = 64 << 20;
    private static final int MAXIMUM_NOTES = 1 << 16;
    private static final long START_KERNEL_MAP = 0xffff_ffff_8000_0000L;

    private final PhysicalMemory memory;
    private final List<VcpuRegisters> registers;
    private final ProfileCache cache;
    private final Set<Long> tried = new HashSet<>();
    private Kernel kernel;
    private String reason = "no banner of a Linux kernel in memory";
    private int step;
    private int furthest;

    KernelFinder(PhysicalMemory memory, List<VcpuRegisters> registers, ProfileCache cache) {
        this.memory = memory;
        this.registers = List.copyOf(registers);
        this.cache = cache;
    }

    KernelOpening open() {
        new BannerSearch(memory, registers, this::isKernel).run();
        return kernel == null ? new KernelOpening.Refused(reason) : new KernelOpening.Opened(kernel);
    }

    /** Whether to stop the search: the kernel is found, or too many candidates were none. */
    private boolean isKernel(long banner) {
        if (!tried.add(banner)) {
            return false;
        }
        step = 0;
        try {
            kernel = examined(banner);
            return true;
        } catch (UnknownKernel unknown) {
            refuse(unknown.getMessage());
        } catch (Unreadable unreadable) {
            refuse("its memory cannot be read at " + unreadable.getMessage());
        }
        return tried.size() >= MAXIMUM_CANDIDATES;
    }

    private void refuse(String why) {
        if (step > furthest) {
            furthest = step;
            reason = why;
        }
    }

    private Kernel examined(long banner) {
        step++;
        String bannerText = bannerText(banner);
        byte[] image = new byte[IMAGE];
        int length = (int) memory.read(banner & -BannerSearch.ALIGNMENT, MemorySegment.ofArray(image));
        Kallsyms kallsyms = Kallsyms.find(image, length)
                .orElseThrow(() -> new UnknownKernel("no symbol table behind the banner " + bannerText));
        step++;
        SymbolTable symbols = cache.symbols(kallsyms);
        long textBase = kallsyms.base();
        KernelProfile bare = new KernelProfile(new KernelDescription("", bannerText, symbols, null), textBase);
        long physicalBase = banner - (bare.requireSymbol("linux_banner") - START_KERNEL_MAP);
        if (physical64(bare.requireSymbol("phys_base"), physicalBase) != physicalBase) {
            throw new UnknownKernel("its symbols are not those of the image they are in");
        }
        AddressSpace space = space(bare, physicalBase);
        step++;
        requireRunning(bare, banner);
        step++;
        Btf types = cache.types(types(bare, space));
        KernelProfile profile =
                new KernelProfile(new KernelDescription(buildId(bare, space), bannerText, symbols, types), textBase);
        step++;
        Kernel found = new Kernel(profile, space, LayoutReader.read(profile, space, physicalBase));
        Invariants.verify(found, banner);
        return found;
    }

    private String bannerText(long banner) {
        byte[] text = new byte[MAXIMUM_BANNER];
        int length = (int) memory.read(banner, MemorySegment.ofArray(text));
        int end = 0;
        while (end < length && text[end] >= ' ') {
            end++;
        }
        return new String(text, 0, end, StandardCharsets.US_ASCII);
    }

    private long physical64(long address, long physicalBase) {
        byte[] value = new byte[8];
        memory.read(address - START_KERNEL_MAP + physicalBase, MemorySegment.ofArray(value));
        return LittleEndian.u64(value, 0);
    }

    private AddressSpace space(KernelProfile bare, long physicalBase) {
        long root = bare.requireSymbol("init_top_pgt") - START_KERNEL_MAP + physicalBase;
        OptionalLong fiveLevels = bare.symbol("__pgtable_l5_enabled");
        boolean five = fiveLevels.isPresent() && (int) physical64(fiveLevels.getAsLong(), physicalBase) == 1;
        return new AddressSpace(memory, root, five ? Paging.FIVE_LEVELS : Paging.FOUR_LEVELS, AddressSpace.KERNEL_TLB);
    }

    /** One processor that has the image where its symbols say is enough: others may be in firmware still. */
    private void requireRunning(KernelProfile bare, long banner) {
        long expected = bare.requireSymbol("linux_banner");
        boolean any = false;
        for (VcpuRegisters vcpu : registers) {
            if (vcpu.longMode()) {
                any = true;
                if (maps(vcpu, vcpu.cr3(), expected, banner) || maps(vcpu, vcpu.cr3() & ~0x1fffL, expected, banner)) {
                    return;
                }
            }
        }
        if (any) {
            throw new UnknownKernel("no processor runs " + bare.release());
        }
    }

    private boolean maps(VcpuRegisters vcpu, long root, long virtual, long physical) {
        return new AddressSpace(memory, root, Paging.of(vcpu), AddressSpace.PROCESS_TLB).physical(virtual) == physical;
    }

    private static byte[] types(KernelProfile bare, AddressSpace space) {
        OptionalLong start = bare.symbol("__start_BTF");
        OptionalLong stop = bare.symbol("__stop_BTF");
        long length = start.isPresent() && stop.isPresent() ? stop.getAsLong() - start.getAsLong() : 0;
        if (length < Btf.HEADER || length > MAXIMUM_TYPES) {
            throw new UnknownKernel("kernel " + bare.release() + " has no BTF");
        }
        return space.bytes(start.getAsLong(), (int) length);
    }

    private static String buildId(KernelProfile bare, AddressSpace space) {
        long start = bare.requireSymbol("__start_notes");
        long length = bare.requireSymbol("__stop_notes") - start;
        if (length < 0 || length > MAXIMUM_NOTES) {
            throw new UnknownKernel("kernel " + bare.release() + " has notes of " + length + " bytes");
        }
        return BuildId.of(space.bytes(start, (int) length))
                .orElseThrow(() -> new UnknownKernel("kernel " + bare.release() + " has no build identifier"));
    }
}
