// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.kernel.BtfBuilder.Member;
import dev.umbra.introspection.kernel.KallsymsBuilder.Order;
import dev.umbra.introspection.memory.MemoryImage;
import dev.umbra.introspection.memory.PageTables;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/**
 * A machine of 8 MiB with just what makes a kernel recognizable: page tables, banner, symbols, types, notes and the few
 * variables whose values are known beforehand. Each test breaks one of them.
 */
final class MinimalKernel {
    static final long TEXT = 0xffff_ffff_9c00_0000L;
    static final long DIRECT_MAP = 0xffff_8a00_0000_0000L;
    static final String RELEASE = "6.1.0-test-amd64";
    static final String BUILD_ID = "000102030405060708090a0b0c0d0e0f10111213";

    static final long BANNER = 0x20_0040;
    static final long SYMBOLS = 0x21_0000;
    static final long NOTES = 0x27_0000;
    static final long TYPES = 0x28_0000;
    static final long VARIABLES = 0x40_0000;
    static final long INIT_TASK = 0x41_0000;
    static final long OTHER_TASK = 0x41_1000;
    static final long UTS = 0x41_2000;
    static final long PER_CPU = 0x50_0000;

    static final int THIS_CPU_OFF = 0x100;
    private static final long START_KERNEL_MAP = 0xffff_ffff_8000_0000L;
    private static final long SIZE = 8 << 20;
    private static final int COMM = 8;
    private static final int PID = 24;
    private static final int TASKS = 32;

    final PageTables tables;

    MinimalKernel(int levels) {
        this(levels, true, BANNER);
    }

    /** @param banner where it lies; its words are at {@link #BANNER} only by default */
    MinimalKernel(int levels, boolean hasTypes, long banner) {
        tables = new PageTables(levels, SIZE);
        for (long physical = 0; physical < SIZE; physical += 2 << 20) {
            tables.map(TEXT + physical, physical, 2, PageTables.WRITABLE);
        }
        tables.map(DIRECT_MAP, 0, 3, PageTables.WRITABLE | PageTables.NO_EXECUTE);
        text(banner, "Linux version " + RELEASE + " (test@test) #1 SMP\n");
        byte[] types = hasTypes ? types() : new byte[0];
        copy(types, TYPES);
        byte[] notes = new Bytes()
                .u32(4)
                .u32(8)
                .u32(0x101)
                .text("Xen")
                .u64(0)
                .u32(4)
                .u32(20)
                .u32(3)
                .text("GNU")
                .all(HexFormat.of().parseHex(BUILD_ID))
                .toArray();
        copy(notes, NOTES);
        copy(symbols(banner, types.length, notes.length).build(Order.OFFSETS_FIRST, TEXT), SYMBOLS);
        variables(levels);
    }

    private KallsymsBuilder symbols(long banner, int typesLength, int notesLength) {
        return new KallsymsBuilder()
                .add("this_cpu_off", 'A', THIS_CPU_OFF)
                .add("_text", 'T', TEXT)
                .add("entry_SYSCALL_64", 'T', TEXT + 0x80)
                .add("init_top_pgt", 'D', TEXT + PageTables.ROOT)
                .add("linux_banner", 'D', TEXT + banner)
                .add("__start_notes", 'R', TEXT + NOTES)
                .add("__stop_notes", 'R', TEXT + NOTES + notesLength)
                .add("__start_BTF", 'R', TEXT + TYPES)
                .add("__stop_BTF", 'R', TEXT + TYPES + typesLength)
                .add("phys_base", 'D', TEXT + VARIABLES)
                .add("page_offset_base", 'D', TEXT + VARIABLES + 8)
                .add("nr_cpu_ids", 'D', TEXT + VARIABLES + 16)
                .add("__pgtable_l5_enabled", 'D', TEXT + VARIABLES + 20)
                .add("__per_cpu_offset", 'D', TEXT + VARIABLES + 24)
                .add("boot_cpu_data", 'D', TEXT + VARIABLES + 64)
                .add("init_task", 'D', TEXT + INIT_TASK)
                .add("init_uts_ns", 'D', TEXT + UTS);
    }

    private void variables(int levels) {
        put64(VARIABLES, START_KERNEL_MAP - TEXT);
        put64(VARIABLES + 8, DIRECT_MAP);
        tables.bytes.set(ValueLayout.JAVA_INT, VARIABLES + 16, 2);
        tables.bytes.set(ValueLayout.JAVA_INT, VARIABLES + 20, levels == 5 ? 1 : 0);
        put64(VARIABLES + 24, TEXT + PER_CPU);
        put64(VARIABLES + 32, TEXT + PER_CPU + 0x1000);
        put64(PER_CPU + THIS_CPU_OFF, TEXT + PER_CPU);
        text(INIT_TASK + COMM, "swapper/0");
        link(INIT_TASK, OTHER_TASK);
        link(OTHER_TASK, INIT_TASK);
        text(OTHER_TASK + COMM, "init");
        text(UTS + 65, RELEASE);
    }

    private void link(long task, long next) {
        put64(task + TASKS, TEXT + next + TASKS);
        put64(next + TASKS + 8, TEXT + task + TASKS);
    }

    private static byte[] types() {
        BtfBuilder builder = new BtfBuilder();
        int character = builder.integer("char", 1, true);
        int number = builder.integer("int", 4, true);
        int name = builder.array(character, 16);
        int line = builder.array(character, 65);
        int features = builder.array(number, 20);
        int pointer = builder.pointer(0);
        int list = builder.struct("list_head", 16, new Member("next", pointer, 0), new Member("prev", pointer, 64));
        builder.struct(
                "task_struct",
                4096,
                new Member("comm", name, COMM * 8),
                new Member("pid", number, PID * 8),
                new Member("tasks", list, TASKS * 8));
        int names =
                builder.struct("new_utsname", 130, new Member("sysname", line, 0), new Member("release", line, 65 * 8));
        builder.struct("uts_namespace", 200, new Member("name", names, 0));
        builder.struct("page", 64, new Member("flags", pointer, 0));
        builder.struct("cpuinfo_x86", 256, new Member("x86_capability", features, 0));
        return builder.build();
    }

    MemoryImage memory() {
        return tables.memory;
    }

    List<VcpuRegisters> registers() {
        return List.of(vcpu(PageTables.ROOT));
    }

    /** A processor in the kernel, on the page tables at a root. */
    VcpuRegisters vcpu(long root) {
        long cr4 = tables.levels == 5 ? 0x1020 : 0x20;
        return new VcpuRegisters(0, 0x8005_0033L, root, cr4, 0xd01, 0, 0, 0, TEXT + 0x80, 0, 0, TEXT, 0, 0);
    }

    void put64(long physical, long value) {
        tables.put(physical, value);
    }

    void text(long physical, String text) {
        copy(new Bytes().all(text.getBytes(StandardCharsets.US_ASCII)).u8(0).toArray(), physical);
    }

    private void copy(byte[] bytes, long physical) {
        MemorySegment.copy(bytes, 0, tables.bytes, ValueLayout.JAVA_BYTE, physical, bytes.length);
    }
}
