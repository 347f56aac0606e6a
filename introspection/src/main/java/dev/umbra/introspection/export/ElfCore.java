// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.export;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Everything of an ELF core before the memory: file header, program headers, notes. It has the shape of {@code
 * /proc/vmcore} (fs/proc/vmcore.c, arch/x86/kernel/crash.c), which dump tools know best: first one {@code PT_NOTE} with
 * {@code NT_PRSTATUS} of each processor and {@code VMCOREINFO}, then the kernel's image at its own virtual address, then
 * one {@code PT_LOAD} per range at its address in the direct map. The image's bytes are those of the range it lies in,
 * not a second copy.
 *
 * <p>Of a processor, only the registers that lead into its kernel are known; the others are 0.
 */
final class ElfCore {
    private static final int HEADER = 64;
    private static final int PROGRAM_HEADER = 56;
    private static final int ET_CORE = 4;
    private static final int EM_X86_64 = 62;
    private static final int PT_LOAD = 1;
    private static final int PT_NOTE = 4;
    private static final int READ_WRITE_EXECUTE = 7;
    private static final int NT_PRSTATUS = 1;
    private static final long PAGE = 4096;

    /** struct elf_prstatus and the user_regs_struct within it (include/linux/elfcore.h, asm/user_64.h). */
    private static final int PRSTATUS = 336;

    private static final int PID = 32;
    private static final int REGISTERS = 112;
    private static final int RIP = REGISTERS + 16 * 8;
    private static final int CS = REGISTERS + 17 * 8;
    private static final int EFLAGS = REGISTERS + 18 * 8;
    private static final int RSP = REGISTERS + 19 * 8;
    private static final int SS = REGISTERS + 20 * 8;
    private static final int GS_BASE = REGISTERS + 22 * 8;
    private static final int EFLAGS_ALWAYS = 1 << 1;

    private static final int KERNEL_CS = 0x10;
    private static final int KERNEL_SS = 0x18;
    private static final int USER_CS = 0x33;
    private static final int USER_SS = 0x2b;

    private ElfCore() {}

    /** The bytes before the first range, whole pages. */
    static ByteBuffer head(List<MemoryRange> ranges, CoreDescription description) {
        CoreDescription.KernelImage image = description
                .image()
                .filter(known -> ranges.stream().anyMatch(range -> holds(range, known)))
                .orElse(null);
        int programs = 1 + (image == null ? 0 : 1) + ranges.size();
        int notesAt = HEADER + programs * PROGRAM_HEADER;
        int notes = description.vcpus().size() * note("CORE", PRSTATUS)
                + description
                        .vmcoreinfo()
                        .map(text -> note("VMCOREINFO", text.length))
                        .orElse(0);
        long dataAt = notesAt + notes + PAGE - 1 & -PAGE;

        ByteBuffer head = ByteBuffer.allocate((int) dataAt).order(ByteOrder.LITTLE_ENDIAN);
        header(head, programs);
        program(head, PT_NOTE, notesAt, 0, 0, notes);
        if (image != null) {
            program(head, PT_LOAD, offset(ranges, image, dataAt), image.virtual(), image.physical(), image.length());
        }
        long at = dataAt;
        for (MemoryRange range : ranges) {
            long virtual = description.directMap() + range.start();
            program(head, PT_LOAD, at, virtual, range.start(), range.length());
            at += range.length();
        }
        for (VcpuRegisters vcpu : description.vcpus()) {
            note(head, "CORE", NT_PRSTATUS, status(vcpu));
        }
        description.vmcoreinfo().ifPresent(text -> note(head, "VMCOREINFO", 0, text));
        return head.clear();
    }

    private static boolean holds(MemoryRange range, CoreDescription.KernelImage image) {
        return image.length() > 0
                && range.contains(image.physical())
                && image.length() <= range.end() - image.physical();
    }

    private static long offset(List<MemoryRange> ranges, CoreDescription.KernelImage image, long dataAt) {
        long at = dataAt;
        for (MemoryRange range : ranges) {
            if (holds(range, image)) {
                return at + image.physical() - range.start();
            }
            at += range.length();
        }
        throw new AssertionError("asked for an image that no range holds");
    }

    private static void header(ByteBuffer head, int programs) {
        head.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0);
        head.putShort((short) ET_CORE).putShort((short) EM_X86_64).putInt(1);
        head.putLong(0).putLong(HEADER).putLong(0).putInt(0);
        head.putShort((short) HEADER).putShort((short) PROGRAM_HEADER).putShort((short) programs);
        head.putShort((short) 0).putShort((short) 0).putShort((short) 0);
    }

    private static void program(ByteBuffer head, int type, long offset, long virtual, long physical, long length) {
        head.putInt(type).putInt(type == PT_NOTE ? 0 : READ_WRITE_EXECUTE);
        head.putLong(offset).putLong(virtual).putLong(physical);
        head.putLong(length).putLong(length).putLong(0);
    }

    private static int note(String name, int length) {
        return 12 + padded(name.length() + 1) + padded(length);
    }

    private static void note(ByteBuffer head, String name, int type, byte[] content) {
        int end = head.position() + note(name, content.length);
        head.putInt(name.length() + 1).putInt(content.length).putInt(type);
        int contentAt = head.position() + padded(name.length() + 1);
        head.put(name.getBytes(StandardCharsets.US_ASCII)).position(contentAt);
        head.put(content).position(end);
    }

    private static int padded(int length) {
        return length + 3 & -4;
    }

    private static byte[] status(VcpuRegisters vcpu) {
        ByteBuffer status = ByteBuffer.allocate(PRSTATUS).order(ByteOrder.LITTLE_ENDIAN);
        boolean kernel = vcpu.cpl() == 0;
        status.putInt(PID, vcpu.vcpu() + 1);
        status.putLong(RIP, vcpu.rip());
        status.putLong(CS, kernel ? KERNEL_CS : USER_CS);
        status.putLong(EFLAGS, EFLAGS_ALWAYS);
        status.putLong(RSP, vcpu.rsp());
        status.putLong(SS, kernel ? KERNEL_SS : USER_SS);
        status.putLong(GS_BASE, vcpu.gsBase());
        return status.array();
    }
}
