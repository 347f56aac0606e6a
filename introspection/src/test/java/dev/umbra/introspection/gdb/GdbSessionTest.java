// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.gdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.SyntheticKernel;
import dev.umbra.introspection.kernel.structures.SyntheticMemory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GdbSessionTest {
    private static final long WORD = 0x1122_3344_5566_7788L;
    private static final long RIP = 0xffff_ffff_8100_1234L;
    private static final long RSP = 0xffff_c900_0000_3e58L;
    private static final int RSP_PLACE = 7 * 16;
    private static final int RIP_PLACE = 16 * 16;
    private static final int CHARACTERS_OF_REGISTERS = 2 * (17 * 8 + 4 + 6 * 4 + 8 * 10 + 8 * 4 + 16 * 16 + 4);

    private static final SyntheticMemory MEMORY = new SyntheticMemory(1);
    private static final DebuggedMachine MACHINE = machine();

    private GdbServer server;
    private Debugger debugger;

    private static DebuggedMachine machine() {
        MEMORY.put(SyntheticMemory.FREE, WORD);
        Kernel kernel = SyntheticKernel.in(MEMORY, SyntheticKernel.description());
        return new DebuggedMachine(kernel, List.of(vcpu(0, 0), vcpu(1, 3)));
    }

    private static VcpuRegisters vcpu(int number, int cpl) {
        return new VcpuRegisters(number, 0x8005_0033L, 0x1000, 0x6f0, 0xd01, 0, 0, 0, 0, 0, 0, RIP + number, RSP, cpl);
    }

    @BeforeEach
    void connect() throws IOException {
        server = GdbServer.at(0, MACHINE);
        debugger = new Debugger(server.address());
    }

    @AfterEach
    void close() throws IOException {
        debugger.close();
        server.close();
    }

    @Test
    void debugger_is_told_what_there_is() throws IOException {
        assertThat(debugger.ask("qSupported:multiprocess+;swbreak+"))
                .contains("PacketSize=")
                .contains("qXfer:features:read+")
                .contains("QStartNoAckMode+");
        assertThat(debugger.ask("?")).isEqualTo("T05thread:1;");
        assertThat(debugger.ask("qC")).isEqualTo("QC1");
        assertThat(debugger.ask("qfThreadInfo")).isEqualTo("m1,2");
        assertThat(debugger.ask("qsThreadInfo")).isEqualTo("l");
        assertThat(text(debugger.ask("qThreadExtraInfo,2"))).isEqualTo("CPU 1");
        assertThat(debugger.ask("qXfer:features:read:target.xml:0,fff"))
                .startsWith("l<?xml")
                .contains("i386:x86-64");
        assertThat(debugger.ask("qXfer:features:read:target.xml:5,4"))
                .hasSize(5)
                .startsWith("m");
        assertThat(text(debugger.ask("qRcmd," + hex("slide")))).isEqualTo("0x0\n");
    }

    @Test
    void registers_are_those_of_the_chosen_processor_and_unknown_ones_say_so() throws IOException {
        String first = debugger.ask("g");
        assertThat(debugger.ask("Hg2")).isEqualTo("OK");
        String second = debugger.ask("g");

        assertThat(first).hasSize(CHARACTERS_OF_REGISTERS).startsWith("xxxxxxxxxxxxxxxx");
        assertThat(first.substring(RSP_PLACE, RSP_PLACE + 16)).isEqualTo("583e000000c9ffff");
        assertThat(first.substring(RIP_PLACE, RIP_PLACE + 16)).isEqualTo("34120081ffffffff");
        assertThat(second.substring(RIP_PLACE, RIP_PLACE + 16)).isEqualTo("35120081ffffffff");
    }

    @Test
    void memory_is_read_up_to_where_it_ends() throws IOException {
        assertThat(debugger.ask("m" + Long.toHexString(SyntheticMemory.FREE) + ",8"))
                .isEqualTo("8877665544332211");
        assertThat(debugger.ask("m" + Long.toHexString(MEMORY.end() - 4) + ",10"))
                .isEqualTo("00000000");
        assertThat(debugger.ask("m" + Long.toHexString(SyntheticMemory.FREE) + ",0"))
                .isEmpty();
        assertThat(debugger.ask("m" + Long.toHexString(SyntheticMemory.FREE) + ",7fffffffffffffff"))
                .hasSize(PacketStream.MAXIMUM);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "m0,8", // a program's address that is not mapped
                "mffff800000000000,8", // the kernel's
                "m7fffffffffffffff,8", // not canonical
                "m1000",
                "m,8",
                "m1000,",
                "mxyz,8",
                "m1000,ffffffffffffffff",
                "m11112222333344445,8",
                "Hg3",
                "Hgffffffffff",
                "Tz",
                "T9",
                "qThreadExtraInfo,7",
                "qThreadExtraInfo,",
                "qXfer:features:read:target.xml:",
                "qXfer:features:read:target.xml:1",
                "qXfer:features:read:target.xml:80000000,4",
                "qRcmd,abc",
                "M1000,1:00",
                "X1000,1:a",
                "G00",
                "c",
                "s",
                "Z0,1000,1"
            })
    void what_cannot_be_done_is_an_error(String packet) throws IOException {
        assertThat(debugger.ask(packet)).isEqualTo("E01");
        assertThat(debugger.ask("?")).startsWith("T05");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "vMustReplyEmpty", "qSymbol::", "QNonStop:1", "!", "\u00ff"})
    void unknown_packet_has_an_empty_answer(String packet) throws IOException {
        assertThat(debugger.ask(packet)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"$?#00", "$?#zz", "$?#3$", "$m0,8#??"})
    void wrong_checksum_asks_for_the_packet_again(String packet) throws IOException {
        debugger.write(packet);

        assertThat(debugger.acknowledgement()).isEqualTo('-');
        assertThat(debugger.ask("?")).startsWith("T05");
    }

    @Test
    void endless_packet_is_not_kept() throws IOException {
        debugger.write("$" + "m".repeat(4 * PacketStream.MAXIMUM) + "#00");

        assertThat(debugger.acknowledgement()).isEqualTo('-');
        assertThat(debugger.ask("?")).startsWith("T05");
    }

    @Test
    void interrupt_between_packets_is_answered() throws IOException {
        debugger.write("noise\3");

        assertThat(debugger.answer()).isEqualTo("T05thread:1;");
    }

    @Test
    void acknowledgements_end_when_asked() throws IOException {
        assertThat(debugger.ask("QStartNoAckMode")).isEqualTo("OK");

        debugger.write(Debugger.packet("qC"));
        assertThat(debugger.answer()).isEqualTo("QC1");
    }

    @Test
    void next_debugger_is_served_when_one_left_or_broke_off() throws IOException {
        assertThat(debugger.ask("D")).isEqualTo("OK");
        try (Debugger second = new Debugger(server.address())) {
            second.write("$m0");
        }
        try (Debugger third = new Debugger(server.address())) {
            third.write(Debugger.packet("k"));
            assertThat(third.acknowledgement()).isEqualTo('+');
            assertThat(third.ended()).isTrue();
        }
        try (Debugger fourth = new Debugger(server.address())) {
            assertThat(fourth.ask("qC")).isEqualTo("QC1");
        }
    }

    /** Whatever comes, it is answered or the session ends. */
    @Property(tries = 2000)
    void any_packets_end_in_answers(@ForAll("packets") List<String> packets) throws IOException {
        StringBuilder stream = new StringBuilder();
        packets.forEach(packet -> stream.append(Debugger.packet(packet)));
        ByteArrayOutputStream answers = new ByteArrayOutputStream();

        new GdbSession(
                        MACHINE,
                        new PacketStream(
                                new ByteArrayInputStream(stream.toString().getBytes(StandardCharsets.ISO_8859_1)),
                                answers))
                .serve();

        assertThat(answers.size()).isPositive();
    }

    @Provide
    Arbitrary<List<String>> packets() {
        Arbitrary<String> beginnings = Arbitraries.of(
                "m",
                "g",
                "Hg",
                "Hc",
                "T",
                "q",
                "qXfer:features:read:target.xml:",
                "qRcmd,",
                "qThreadExtraInfo,",
                "v",
                "D");
        Arbitrary<String> rests =
                Arbitraries.strings().withChars("0123456789abcdef,:;-+ zZ").ofMaxLength(24);
        return beginnings
                .flatMap(beginning -> rests.map(rest -> beginning + rest))
                .list()
                .ofMinSize(1)
                .ofMaxSize(6);
    }

    private static String text(String answer) {
        return new String(HexFormat.of().parseHex(answer), StandardCharsets.US_ASCII);
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
    }
}
