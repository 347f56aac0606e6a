// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.kernel.KallsymsBuilder.Order;
import dev.umbra.introspection.memory.FuzzedMachine;
import java.util.List;

/** Whatever a kernel's memory says, it is a kernel that can be read or it is refused. */
class KernelFuzzTest {
    private static final MinimalKernel ORIGINAL = new MinimalKernel(4);
    private static final FuzzedMachine MACHINE = new FuzzedMachine(ORIGINAL.memory());
    private static final ProfileCache PROFILES = new ProfileCache(1);
    private static final List<VcpuRegisters> NO_REGISTERS = List.of();
    private static final long[] PLACES =
            MACHINE.read(memory -> Kernel.open(memory, ORIGINAL.registers(), new ProfileCache(1)));

    @FuzzTest(maxDuration = "5s")
    void machines(FuzzedDataProvider data) {
        List<VcpuRegisters> registers = data.consumeBoolean() ? ORIGINAL.registers() : NO_REGISTERS;
        MACHINE.change(data, PLACES);
        try {
            KernelOpening opening = Kernel.open(MACHINE.memory(), registers, PROFILES);
            if (opening instanceof KernelOpening.Refused refused
                    && refused.reason().isEmpty()) {
                throw new AssertionError("refused without a reason");
            }
        } finally {
            MACHINE.restore();
        }
    }

    @FuzzTest(maxDuration = "5s")
    void symbols(FuzzedDataProvider data) {
        long base = 0xffff_ffff_8100_0000L;
        KallsymsBuilder builder = new KallsymsBuilder().add("_text", 'T', base);
        int count = data.consumeInt(0, 600);
        for (int symbol = 0; symbol < count; symbol++) {
            builder.add("init_" + symbol, 't', base + symbol * 8L);
        }
        byte[] image = builder.build(data.pickValue(Order.values()), base);
        while (data.remainingBytes() > 0) {
            image[data.consumeInt(0, image.length - 1)] = data.consumeByte();
        }
        Kallsyms.find(image, image.length).ifPresent(found -> {
            try {
                SymbolTable table = found.decode();
                table.stream(base).forEach(symbol -> {
                    if (table.address(symbol.name(), base).isEmpty()) {
                        throw new AssertionError("a symbol is not found by its name");
                    }
                });
                table.nearest(base + 100, base);
            } catch (UnknownKernel refused) {
                refused.getMessage();
            }
        });
    }

    @FuzzTest(maxDuration = "5s")
    void types(FuzzedDataProvider data) {
        int types = data.consumeInt(0, 64);
        Bytes described = new Bytes();
        for (int type = 0; type < types; type++) {
            BtfKind kind = BtfKind.of(data.consumeInt(1, 19));
            int entries = kind.entryLength() == 0 ? 0 : data.consumeInt(0, 4);
            described
                    .u32(data.consumeInt(0, 16))
                    .u32(entries | kind.ordinal() << 24 | (data.consumeBoolean() ? 1L << 31 : 0))
                    .u32(data.consumeInt(0, types + 1));
            for (long word = 0; word < kind.length(entries); word += 4) {
                described.u32(data.consumeInt(0, types + 1));
            }
        }
        byte[] names = data.consumeRemainingAsBytes();
        Bytes blob = new Bytes()
                .u16(0xeb9f)
                .u16(1)
                .u32(24)
                .u32(0)
                .u32(described.size())
                .u32(described.size());
        blob.u32(names.length).all(described.toArray()).all(names);
        try {
            Btf parsed = Btf.parse(blob.toArray());
            for (int type = 0; type <= types + 1; type++) {
                parsed.structOf(type)
                        .ifPresent(struct -> struct.fields().forEach(field -> {
                            struct.find(field.path() + "." + field.path());
                            if (field.size() < 0 || field.elements() < 0) {
                                throw new AssertionError("a size below zero");
                            }
                        }));
            }
            parsed.constant("x");
            parsed.struct("x");
        } catch (UnknownKernel refused) {
            refused.getMessage();
        }
    }

    @FuzzTest(maxDuration = "5s")
    void notes(FuzzedDataProvider data) {
        BuildId.of(data.consumeRemainingAsBytes());
    }
}
