// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.structures.XArray;
import dev.umbra.introspection.memory.AddressSpace;
import java.util.HexFormat;
import java.util.function.Consumer;

/** Reads the loaded eBPF programs by their numbers ({@code prog_idr} in {@code kernel/bpf/syscall.c}). */
final class BpfReader {
    private static final class Layout {
        final int type;
        final int tag;
        final int length;
        final int codeLength;
        final int details;
        final int id;
        final int name;
        final int nameSize;
        final int loaded;
        final int attachedTo;
        final int code;
        final XArray.Layout array;

        Layout(KernelProfile profile) {
            StructFields program = new StructFields(profile, "bpf_prog");
            type = program.at("type");
            tag = program.at("tag");
            length = program.at("len");
            codeLength = program.at("jited_len");
            details = program.at("aux");
            StructFields aux = new StructFields(profile, "bpf_prog_aux");
            id = aux.at("id");
            name = aux.at("name");
            nameSize = aux.bytes("name");
            loaded = aux.at("load_time");
            attachedTo = aux.optional("attach_func_name");
            code = aux.optional("ksym.start");
            array = XArray.Layout.of(profile);
        }
    }

    private static final String NUMBERS = "prog_idr";
    /** {@code BPF_TAG_SIZE} in {@code linux/bpf.h}. */
    private static final int TAG_SIZE = 8;

    private static final int NAME_LIMIT = 128;

    private final Scan scan;
    private final AddressSpace memory;
    private final Layout layout;

    BpfReader(Scan scan) {
        this.scan = scan;
        this.memory = scan.memory();
        this.layout = scan.layout(Layout.class, Layout::new);
    }

    /** Visits all programs that have a number, by increasing number; an IDR begins with its XArray. */
    void forEach(Consumer<BpfProgram> visitor) {
        new XArray(layout.array, memory, scan.gaps(), scan.budget())
                .forEach(
                        NUMBERS,
                        scan.symbol(NUMBERS),
                        Scan.MAXIMUM_ENTRIES,
                        (index, program) -> visitor.accept(read(program)));
    }

    private BpfProgram read(long program) {
        long aux = memory.u64(program + layout.details);
        long target = layout.attachedTo == StructFields.ABSENT ? 0 : memory.u64(aux + layout.attachedTo);
        return new BpfProgram(
                program,
                memory.u32(aux + layout.id),
                BpfProgramType.of(memory.u32(program + layout.type)),
                scan.text(aux + layout.name, layout.nameSize),
                HexFormat.of().formatHex(memory.bytes(program + layout.tag, TAG_SIZE)),
                memory.u64(aux + layout.loaded),
                memory.u32(program + layout.length),
                layout.code == StructFields.ABSENT ? 0 : memory.u64(aux + layout.code),
                Integer.toUnsignedLong(memory.u32(program + layout.codeLength)),
                scan.part("bpf_prog_aux.attach_func_name", target, "", name -> scan.string(name, NAME_LIMIT)));
    }
}
