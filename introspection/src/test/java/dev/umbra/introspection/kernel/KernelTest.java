// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.kernel.KernelOpening.Opened;
import dev.umbra.introspection.kernel.KernelOpening.Refused;
import dev.umbra.introspection.kernel.structures.SyntheticMemory;
import dev.umbra.introspection.memory.MemoryImage;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelTest {
    private final MinimalKernel machine = new MinimalKernel(4);
    private final ProfileCache cache = new ProfileCache(2);

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    void kernel_is_found_by_registers_and_without_them(int levels) {
        MinimalKernel other = new MinimalKernel(levels);
        for (List<VcpuRegisters> registers : List.of(other.registers(), List.<VcpuRegisters>of())) {
            Kernel kernel = opened(Kernel.open(other.memory(), registers, cache));

            assertThat(kernel.profile().release()).isEqualTo(MinimalKernel.RELEASE);
            assertThat(kernel.profile().buildId()).isEqualTo(MinimalKernel.BUILD_ID);
            assertThat(kernel.profile().symbolAt(MinimalKernel.TEXT + 0x83)).contains("entry_SYSCALL_64+0x3");
            assertThat(kernel.slide()).isEqualTo(0x1b00_0000);
        }
    }

    @Test
    void banner_anywhere_is_found_at_last() {
        MinimalKernel elsewhere = new MinimalKernel(4, true, 0x2f_0000);

        opened(Kernel.open(elsewhere.memory(), List.of(), cache));
    }

    @Test
    void addresses_are_those_of_the_kernels_bases() {
        Kernel kernel = opened(open());
        long task = MinimalKernel.TEXT + MinimalKernel.INIT_TASK;

        assertThat(kernel.physicalOf(task)).isEqualTo(MinimalKernel.INIT_TASK);
        assertThat(kernel.physicalOf(kernel.directMap(0x1234))).isEqualTo(0x1234);
        assertThat(kernel.physicalOfPage(kernel.pageOf(0x5000))).isEqualTo(0x5000);
        assertThat(kernel.cpus()).isEqualTo(2);
        assertThat(kernel.perCpu("this_cpu_off", 1))
                .isEqualTo(MinimalKernel.TEXT + MinimalKernel.PER_CPU + 0x1000 + MinimalKernel.THIS_CPU_OFF);
        assertThat(kernel.kernelRoot(machine.vcpu(0x1007))).isEqualTo(0x1000);
        assertThat(kernel.over(machine.memory()).memory().u64(task))
                .isEqualTo(kernel.memory().u64(task));
    }

    @Test
    void kernel_is_up_from_the_state_of_a_running_system_on() {
        SyntheticMemory memory = new SyntheticMemory(1);
        Kernel kernel = SyntheticKernel.in(
                memory, List.of("symbol system_state 0x10", "constant system_states SYSTEM_RUNNING 3"));
        for (int state = 0; state <= 7; state++) {
            memory.put(SyntheticMemory.FREE + 0x10, state);
            assertThat(kernel.isUp()).as("state %d", state).isEqualTo(state >= 3);
        }
    }

    @Test
    void kernel_without_a_state_is_up() {
        assertThat(opened(open()).isUp()).isTrue();
    }

    @Test
    void root_of_programs_leads_to_the_kernels_with_page_table_isolation() {
        machine.put64(MinimalKernel.VARIABLES + 64 + 24, 1L << 32 + 11);

        assertThat(opened(open()).kernelRoot(machine.vcpu(0x7803))).isEqualTo(0x6000);
    }

    @Test
    void memory_without_kernel_is_refused() {
        MemoryImage empty = new MemoryImage(Arena.ofAuto().allocate(1 << 20, 4096));

        assertThat(Kernel.open(empty, machine.registers(), cache))
                .isEqualTo(new Refused("no banner of a Linux kernel in memory"));
    }

    @Test
    void kernel_without_types_is_refused() {
        MinimalKernel bare = new MinimalKernel(4, false, MinimalKernel.BANNER);

        assertThat(Kernel.open(bare.memory(), bare.registers(), cache))
                .isEqualTo(new Refused("kernel " + MinimalKernel.RELEASE + " has no BTF"));
    }

    @Test
    void decoy_banners_are_passed_over() {
        machine.text(0x60_0000, "Linux version 9.9.9 (decoy)");
        machine.text(0x0f_0000, "Linux version 9.9.9 (decoy)");

        opened(Kernel.open(machine.memory(), List.of(), cache));
    }

    @Test
    void kernel_that_no_processor_runs_is_refused() {
        assertThat(Kernel.open(machine.memory(), List.of(machine.vcpu(0x70_0000)), cache))
                .isEqualTo(new Refused("no processor runs " + MinimalKernel.RELEASE));
    }

    @Test
    void release_must_be_that_of_the_banner() {
        machine.text(MinimalKernel.UTS + 65, "6.6.6");

        refused("uname says 6.6.6, the banner " + MinimalKernel.RELEASE);
    }

    @Test
    void first_task_must_be_the_idle_one() {
        machine.text(MinimalKernel.INIT_TASK + 8, "nobody");

        refused("the first task is called nobody");
    }

    @Test
    void task_list_must_be_linked() {
        machine.put64(MinimalKernel.OTHER_TASK + 40, 0);

        refused("the list of tasks is broken behind the first");
    }

    @Test
    void direct_map_must_be_where_the_kernel_says() {
        machine.put64(MinimalKernel.VARIABLES + 8, 0xffff_8880_0000_0000L);

        refused("page_offset_base is wrong");
    }

    @Test
    void per_cpu_data_must_name_its_own_place() {
        machine.put64(MinimalKernel.PER_CPU + MinimalKernel.THIS_CPU_OFF, 1);

        refused("the first processor's data is elsewhere");
    }

    @Test
    void image_must_lie_where_its_symbols_say() {
        machine.put64(MinimalKernel.VARIABLES, 0);

        assertThat(open()).isEqualTo(new Refused("its symbols are not those of the image they are in"));
    }

    @Test
    void number_of_processors_is_bounded() {
        machine.put64(MinimalKernel.VARIABLES + 16, 0x7fff_ffff);

        assertThat(open()).isEqualTo(new Refused("kernel " + MinimalKernel.RELEASE + " claims 2147483647 processors"));
    }

    @Test
    void tables_that_lead_elsewhere_are_refused() {
        long entry = machine.tables.entry(MinimalKernel.TEXT, 2);
        machine.put64(entry + 16, 0);

        assertThat(Kernel.open(machine.memory(), List.of(), cache)).isInstanceOf(Refused.class);
    }

    @Test
    void same_bytes_are_decoded_once() {
        Kernel first = opened(open());
        Kernel second = opened(Kernel.open(new MinimalKernel(5).memory(), List.of(), cache));

        assertThat(second.profile().description().types())
                .isSameAs(first.profile().description().types());
        assertThat(cache.size()).isEqualTo(1);
    }

    @Test
    void same_build_identifier_above_other_types_is_another_kernel() {
        Kernel first = opened(open());
        machine.tables.bytes.set(ValueLayout.JAVA_BYTE, MinimalKernel.TYPES + 24, (byte) 0);

        Kernel second = opened(open());

        assertThat(second.profile().buildId()).isEqualTo(first.profile().buildId());
        assertThat(second.profile().description().types())
                .isNotSameAs(first.profile().description().types());
    }

    private KernelOpening open() {
        return Kernel.open(machine.memory(), machine.registers(), cache);
    }

    private void refused(String reason) {
        assertThat(open()).isEqualTo(new Refused("kernel " + MinimalKernel.RELEASE + ": " + reason));
    }

    private static Kernel opened(KernelOpening opening) {
        assertThat(opening).isInstanceOf(Opened.class);
        return ((Opened) opening).kernel();
    }
}
