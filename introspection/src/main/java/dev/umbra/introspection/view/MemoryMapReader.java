// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import dev.umbra.introspection.kernel.structures.MapleTree;
import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.PhysicalMemory;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Walks the areas of an address space, which lie in a maple tree since Linux 6.1, and names them as {@code show_map_vma} in
 * {@code fs/proc/task_mmu.c} does.
 */
final class MemoryMapReader {
    private static final class Layout {
        final int tree;
        final int breakStart;
        final int breakEnd;
        final int stackStart;
        final int start;
        final int end;
        final int flags;
        final int offset;
        final int file;
        final int operations;
        final int privateData;
        final int anonymousName;
        final int nameText;
        final int specialName;
        final MapleTree.Layout mapleTree;

        Layout(KernelProfile profile) {
            StructFields mm = new StructFields(profile, "mm_struct");
            tree = mm.at("mm_mt");
            breakStart = mm.at("start_brk");
            breakEnd = mm.at("brk");
            stackStart = mm.at("start_stack");
            StructFields area = new StructFields(profile, "vm_area_struct");
            start = area.at("vm_start");
            end = area.at("vm_end");
            flags = area.at("vm_flags");
            offset = area.at("vm_pgoff");
            file = area.at("vm_file");
            operations = area.at("vm_ops");
            privateData = area.at("vm_private_data");
            anonymousName = area.optional("anon_name");
            nameText = new StructFields(profile, "anon_vma_name").optional("name");
            specialName = profile.offset("vm_special_mapping", "name");
            mapleTree = MapleTree.Layout.of(profile);
        }
    }

    private static final String TREE = "mm_struct.mm_mt";
    private static final int NAME_LIMIT = 256;

    private final Scan scan;
    private final AddressSpace memory;
    private final Layout layout;
    private final FileReader files;
    private final MapleTree trees;
    private final OptionalLong specialOperations;

    MemoryMapReader(Scan scan) {
        this.scan = scan;
        this.memory = scan.memory();
        this.layout = scan.layout(Layout.class, Layout::new);
        this.files = new FileReader(scan);
        this.trees = new MapleTree(layout.mapleTree, memory, scan.gaps(), scan.budget());
        this.specialOperations = scan.profile().symbol("special_mapping_vmops");
    }

    /**
     * Visits the areas by increasing address.
     *
     * @param mm address of the {@code struct mm_struct}, 0 if there is none
     */
    void forEach(int pid, long mm, Consumer<MemoryMap> visitor) {
        if (mm != 0) {
            trees.forEach(TREE, mm + layout.tree, Scan.MAXIMUM_ENTRIES, (first, last, area) -> {
                MemoryMap map = read(pid, mm, area);
                if (map.start() != first || map.end() - 1 != last) {
                    scan.gaps().add(Reason.MALFORMED, "vm_area_struct", area);
                }
                visitor.accept(map);
            });
        }
    }

    private MemoryMap read(int pid, long mm, long area) {
        long start = memory.u64(area + layout.start);
        long end = memory.u64(area + layout.end);
        long file = memory.u64(area + layout.file);
        return new MemoryMap(
                pid,
                start,
                end,
                memory.u64(area + layout.flags),
                file == 0 ? 0 : memory.u64(area + layout.offset) * PhysicalMemory.PAGE,
                scan.part("vm_area_struct.vm_file", file, Device.NONE, files::device),
                scan.part("vm_area_struct.vm_file", file, 0L, files::inodeNumber),
                file != 0
                        ? scan.part("vm_area_struct.vm_file", file, "", files::path)
                        : scan.part("vm_area_struct", area, "", at -> name(mm, at, start, end)));
    }

    private String name(long mm, long area, long start, long end) {
        long operations = memory.u64(area + layout.operations);
        if (operations != 0 && specialOperations.isPresent() && operations == specialOperations.getAsLong()) {
            return scan.string(memory.u64(memory.u64(area + layout.privateData) + layout.specialName), NAME_LIMIT);
        }
        if (operations == 0 && start <= memory.u64(mm + layout.breakEnd) && end >= memory.u64(mm + layout.breakStart)) {
            return "[heap]";
        }
        long stack = memory.u64(mm + layout.stackStart);
        if (start <= stack && end >= stack) {
            return "[stack]";
        }
        long named = layout.anonymousName == StructFields.ABSENT ? 0 : memory.u64(area + layout.anonymousName);
        return operations != 0 || named == 0 || layout.nameText == StructFields.ABSENT
                ? ""
                : "[anon:" + scan.string(named + layout.nameText, NAME_LIMIT) + "]";
    }
}
