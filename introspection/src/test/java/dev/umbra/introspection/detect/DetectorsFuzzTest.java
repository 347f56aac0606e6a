// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelOpening.Opened;
import dev.umbra.introspection.kernel.ProfileCache;
import dev.umbra.introspection.memory.MemoryImage;
import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** A real kernel whose structures were changed here and there: every scan ends, and throws nothing. */
@EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
class DetectorsFuzzTest {
    private static final List<String> HEADS = List.of(
            "init_task",
            "modules",
            "mod_tree",
            "module_kset",
            "init_pid_ns",
            "css_set_table",
            "kprobe_table",
            "ftrace_ops_list",
            "ftrace_pages_start",
            "net_namespace_list",
            "prog_idr",
            "bpf_kallsyms",
            "pack_list",
            "proc_root",
            "tty_drivers",
            "tty_ldiscs",
            "keyboard_notifier_list",
            "sys_call_table",
            "syscalls_metadata",
            "idt_table",
            "init_css_set",
            "kprobe_insn_slots",
            "__start___jump_table",
            "__start_static_call_sites");
    private static final int REACH = 512;
    private static final ProfileCache PROFILES = new ProfileCache(1);

    private static MemoryImage image;
    private static List<VcpuRegisters> registers;
    private static Baseline baseline;

    @FuzzTest(maxDuration = "20s")
    void structures(FuzzedDataProvider data) throws IOException {
        if (image == null) {
            Snapshot snapshot = Snapshot.all().getFirst();
            image = snapshot.memory();
            registers = snapshot.registers();
        }
        PatchedMemory memory = new PatchedMemory(image);
        Kernel kernel = ((Opened) Kernel.open(memory, registers, PROFILES)).kernel();
        Scan scan = new Scan(Detectors.forCloudVm(List::of));
        if (baseline == null) {
            baseline = scan.run(kernel, registers, Baseline.NONE).baseline();
        }
        while (data.remainingBytes() > 0) {
            long head = kernel.profile()
                    .symbol(data.pickValue(HEADS))
                    .orElse(kernel.profile().textBase());
            long place = head + data.consumeInt(0, REACH) * 8L;
            for (int hops = data.consumeInt(0, 3); hops > 0 && kernel.memory().readable(place); hops--) {
                place = kernel.memory().u64(place & -8) + data.consumeInt(0, REACH) * 8L;
            }
            long physical = kernel.memory().physical(place & -8);
            if (memory.place(physical) != PatchedMemory.NOWHERE) {
                memory.writeLong(physical, data.consumeBoolean() ? data.consumeLong() : head);
            }
        }
        scan.run(kernel, registers, data.consumeBoolean() ? baseline : Baseline.NONE);
    }
}
