// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.memory.PhysicalMemory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryExportTest {
    private static final int PAGE = PhysicalMemory.PAGE;
    private static final long FAR = 4L << 30;
    private static final VcpuRegisters VCPU =
            new VcpuRegisters(0, 1, 2, 3, 4, 5, 6, 7, 8, 0xffff_8880_0000_1000L, 10, 0xffff_ffff_8100_0000L, 0x77, 0);
    private static final CoreDescription KERNEL = new CoreDescription(
            List.of(VCPU, VCPU),
            Optional.of("OSRELEASE=6.1.0\n".getBytes(StandardCharsets.US_ASCII)),
            0xffff_8880_0000_0000L,
            Optional.of(new CoreDescription.KernelImage(0xffff_ffff_8100_0000L, PAGE, PAGE)));

    @Test
    void rawHasEachByteAtItsPhysicalAddress() throws IOException {
        PageMapMemory memory = new PageMapMemory().with(PAGE, 1).with(8 * PAGE, 2);

        byte[] raw = export(memory, ExportFormat.RAW, CoreDescription.of(List.of()));

        assertThat(raw).hasSize(9 * PAGE);
        assertThat(raw[0]).isZero();
        assertThat(raw[PAGE]).isEqualTo((byte) 1);
        assertThat(raw[2 * PAGE]).isZero();
        assertThat(raw[9 * PAGE - 1]).isEqualTo((byte) 2);
    }

    @Test
    void limeHasAHeaderBeforeEachRange() throws IOException {
        PageMapMemory memory = new PageMapMemory().with(0, 1).with(FAR, 2);

        ByteBuffer lime = little(export(memory, ExportFormat.LIME, CoreDescription.of(List.of())));

        assertThat(lime.capacity()).isEqualTo(2 * (32 + PAGE));
        assertThat(lime.getInt(0)).isEqualTo(0x4c694d45);
        assertThat(lime.getInt(4)).isEqualTo(1);
        assertThat(lime.getLong(8)).isZero();
        assertThat(lime.getLong(16)).isEqualTo(PAGE - 1);
        assertThat(lime.getLong(32 + PAGE + 8)).isEqualTo(FAR);
        assertThat(lime.getLong(32 + PAGE + 16)).isEqualTo(FAR + PAGE - 1);
        assertThat(lime.get(32 + PAGE + 32)).isEqualTo((byte) 2);
    }

    @Test
    void elfNamesNotesImageAndRanges() throws IOException {
        PageMapMemory memory = new PageMapMemory().with(0, 1).with(PAGE, 7).with(FAR, 2);

        ByteBuffer elf = little(export(memory, ExportFormat.ELF, KERNEL));

        assertThat(elf.getInt(0)).isEqualTo(0x464c457f);
        assertThat(elf.getShort(16)).isEqualTo((short) 4);
        assertThat(elf.getShort(56)).isEqualTo((short) 4);
        assertThat(programs(elf))
                .extracting(Program::type, Program::virtual, Program::physical, Program::size)
                .containsExactly(
                        tuple(4, 0L, 0L, 2 * (12 + 8 + 336) + 12 + 12 + 16L),
                        tuple(1, 0xffff_ffff_8100_0000L, (long) PAGE, (long) PAGE),
                        tuple(1, 0xffff_8880_0000_0000L, 0L, 2L * PAGE),
                        tuple(1, 0xffff_8881_0000_0000L, FAR, (long) PAGE));
        assertThat(elf.get((int) programs(elf).get(1).offset())).isEqualTo((byte) 7);
        assertThat(elf.get((int) programs(elf).get(3).offset())).isEqualTo((byte) 2);
        int status = (int) programs(elf).getFirst().offset() + 12 + 8;
        assertThat(elf.getLong(status + 112 + 16 * 8)).isEqualTo(VCPU.rip());
        assertThat(elf.getLong(status + 112 + 19 * 8)).isEqualTo(VCPU.rsp());
        assertThat(new String(elf.array(), StandardCharsets.ISO_8859_1)).contains("VMCOREINFO\0\0OSRELEASE=6.1.0\n");
    }

    @Test
    void anImageOutsideMemoryIsLeftOut() throws IOException {
        PageMapMemory memory = new PageMapMemory().with(FAR, 2);

        ByteBuffer elf = little(export(memory, ExportFormat.ELF, KERNEL));

        assertThat(programs(elf)).extracting(Program::physical).containsExactly(0L, FAR);
    }

    @Test
    void eachFormatKeepsEveryPage() throws IOException {
        Random random = new Random(4711);
        for (int round = 0; round < 40; round++) {
            PageMapMemory memory = new PageMapMemory();
            for (int page = 0; page < 300; page++) {
                if (random.nextInt(round + 2) == 0) {
                    memory.with((long) page * PAGE, random.nextInt(3));
                }
            }
            byte[] raw = export(memory, ExportFormat.RAW, KERNEL);
            ByteBuffer elf = little(export(memory, ExportFormat.ELF, KERNEL));
            ByteBuffer lime = little(export(memory, ExportFormat.LIME, KERNEL));

            byte[] fromElf = new byte[raw.length];
            for (Program program : programs(elf)) {
                if (program.type() == 1) {
                    elf.get((int) program.offset(), fromElf, (int) program.physical(), (int) program.size());
                }
            }
            byte[] fromLime = new byte[raw.length];
            for (int at = 0; at < lime.capacity(); ) {
                int start = (int) lime.getLong(at + 8);
                int length = (int) lime.getLong(at + 16) + 1 - start;
                lime.get(at + 32, fromLime, start, length);
                at += 32 + length;
            }
            assertThat(fromElf).isEqualTo(raw);
            assertThat(fromLime).isEqualTo(raw);
        }
    }

    @Test
    void aFileIsTheSameWithHoles(@TempDir Path folder) throws IOException {
        PageMapMemory memory = new PageMapMemory().with(0, 1).with(5 * PAGE, 0).with(1000L * PAGE, 0);
        Path file = folder.resolve("memory.core");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            MemoryExport.prepare(memory, ExportFormat.ELF, KERNEL).writeTo(channel);
        }

        assertThat(Files.readAllBytes(file)).isEqualTo(export(memory, ExportFormat.ELF, KERNEL));
    }

    @Test
    void aPageThatGoesAwayIsZeroAndListed() throws IOException {
        PageMapMemory memory =
                new PageMapMemory().with(0, 1).with(PAGE, 1).with(2 * PAGE, 1).with(3 * PAGE, 1);
        MemoryExport export = MemoryExport.prepare(memory, ExportFormat.RAW, KERNEL);
        memory.remove(PAGE);
        memory.remove(2 * PAGE);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        ExportReport report = export.writeTo(Channels.newChannel(bytes));

        assertThat(report.missing()).containsExactly(new MemoryRange(PAGE, 2 * PAGE));
        assertThat(report.missingBytes()).isEqualTo(2 * PAGE);
        assertThat(report.bytes()).isEqualTo(4 * PAGE).isEqualTo(export.size());
        assertThat(bytes.toByteArray()[PAGE]).isZero();
        assertThat(bytes.toByteArray()[3 * PAGE]).isEqualTo((byte) 1);
    }

    @Test
    void anExportIsWrittenOnce() throws IOException {
        MemoryExport export = MemoryExport.prepare(new PageMapMemory().with(0, 1), ExportFormat.RAW, KERNEL);
        export.writeTo(Channels.newChannel(new ByteArrayOutputStream()));

        assertThatThrownBy(() -> export.writeTo(Channels.newChannel(new ByteArrayOutputStream())))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void thousandsOfHolesMakeABoundedNumberOfRanges() {
        PageMapMemory memory = new PageMapMemory();
        for (long page = 0; page < 3 * MemoryRanges.MAXIMUM; page++) {
            memory.with(page * (1 << 20), 1);
        }

        MemoryRanges ranges = MemoryRanges.of(memory);

        assertThat(ranges.ranges()).hasSizeLessThanOrEqualTo(MemoryRanges.MAXIMUM);
        assertThat(ranges.complete()).isTrue();
        assertThat(ranges.end()).isEqualTo((3L * MemoryRanges.MAXIMUM - 1 << 20) + PAGE);
    }

    @Test
    void onePageAtEveryAddressHasAnEnd() {
        MemorySegment page = MemorySegment.ofArray(new byte[PAGE]);
        PhysicalMemory everywhere = new PhysicalMemory() {
            @Override
            public long place(long physical) {
                return physical & PAGE - 1;
            }

            @Override
            public MemorySegment bytes() {
                return page;
            }

            @Override
            public long next(long physical) {
                return physical & -PAGE;
            }
        };

        MemoryRanges ranges = MemoryRanges.of(everywhere, 64 << 20);

        assertThat(ranges.complete()).isFalse();
        assertThat(ranges.bytes()).isEqualTo(64 << 20);
    }

    @Test
    void noMemoryIsAnEmptyExport() throws IOException {
        assertThat(export(new PageMapMemory(), ExportFormat.RAW, KERNEL)).isEmpty();
        assertThat(export(new PageMapMemory(), ExportFormat.LIME, KERNEL)).isEmpty();
        assertThat(programs(little(export(new PageMapMemory(), ExportFormat.ELF, KERNEL))))
                .hasSize(1);
    }

    private record Program(int type, long offset, long virtual, long physical, long size) {}

    private static List<Program> programs(ByteBuffer elf) {
        return IntStream.range(0, elf.getShort(56))
                .map(index -> 64 + index * 56)
                .mapToObj(at -> new Program(
                        elf.getInt(at),
                        elf.getLong(at + 8),
                        elf.getLong(at + 16),
                        elf.getLong(at + 24),
                        elf.getLong(at + 32)))
                .toList();
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] export(PhysicalMemory memory, ExportFormat format, CoreDescription description)
            throws IOException {
        MemoryExport export = MemoryExport.prepare(memory, format, description);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        export.writeTo(Channels.newChannel(bytes));
        assertThat(export.size()).isEqualTo(bytes.size()).isEqualTo(export.written());
        return bytes.toByteArray();
    }
}
