// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.gdb;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One debugger, served until it leaves. Memory and the registers that are known can be read; nothing can be written,
 * continued or stepped. Registers that are not known are marked as such, so that {@code gdb} shows them as unavailable.
 *
 * <p>Follows the GDB manual, appendix E; the layout of {@code g} is that of GDB's amd64 without a target description of
 * registers.
 */
final class GdbSession {
    private static final int GENERAL_REGISTERS = 16;
    private static final int STACK_POINTER = 7;
    /** Six segment registers, eight of 10 bytes, eight of 4, sixteen of 16, mxcsr. */
    private static final int SEGMENTS_AND_VECTORS = 6 * 4 + 8 * 10 + 8 * 4 + 16 * 16 + 4;

    private static final int KERNEL_CS = 0x10;
    private static final int USER_CS = 0x33;
    private static final String ERROR = "E01";
    private static final String UNSUPPORTED = "";
    private static final String STOPPED = "T05thread:";
    private static final HexFormat HEX = HexFormat.of();
    private static final String TARGET =
            "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\">"
                    + "<architecture>i386:x86-64</architecture></target>";

    private final DebuggedMachine machine;
    private final PacketStream packets;
    private int vcpu;

    GdbSession(DebuggedMachine machine, PacketStream packets) {
        this.machine = machine;
        this.packets = packets;
    }

    /** @throws IOException if the stream breaks */
    void serve() throws IOException {
        for (String packet = packets.receive(); packet != null; packet = packets.receive()) {
            if (packet.startsWith("k")) {
                return;
            }
            packets.send(answer(packet));
            if (packet.startsWith("D")) {
                return;
            }
            if (packet.equals("QStartNoAckMode")) {
                packets.stopAcknowledging();
            }
        }
    }

    private String answer(String packet) {
        if (packet.isEmpty()) {
            return UNSUPPORTED;
        }
        try {
            return switch (packet.charAt(0)) {
                case '?', '\3' -> STOPPED + Integer.toHexString(vcpu + 1) + ";";
                case 'g' -> registers(machine.vcpus().get(vcpu));
                case 'm' -> memory(packet.substring(1));
                case 'H' -> select(packet.substring(1));
                case 'T' -> thread(packet.substring(1)) >= 0 ? "OK" : ERROR;
                case 'D' -> "OK";
                case 'q' -> query(packet);
                case 'Q' -> packet.equals("QStartNoAckMode") ? "OK" : UNSUPPORTED;
                case 'G', 'P', 'M', 'X', 'c', 's', 'C', 'S', 'Z', 'z' -> ERROR;
                default -> UNSUPPORTED;
            };
        } catch (NumberFormatException e) {
            return ERROR;
        }
    }

    private String query(String packet) {
        if (packet.startsWith("qSupported")) {
            return "PacketSize=" + Integer.toHexString(PacketStream.MAXIMUM) + ";qXfer:features:read+;QStartNoAckMode+";
        }
        if (packet.startsWith("qXfer:features:read:target.xml:")) {
            return part(packet.substring(packet.lastIndexOf(':') + 1));
        }
        if (packet.startsWith("qRcmd,")) {
            return monitor(packet.substring("qRcmd,".length()));
        }
        if (packet.startsWith("qThreadExtraInfo,")) {
            int thread = thread(packet.substring(packet.indexOf(',') + 1));
            return thread < 0
                    ? ERROR
                    : text("CPU " + machine.vcpus().get(thread).vcpu());
        }
        return switch (packet) {
            case "qC" -> "QC" + Integer.toHexString(vcpu + 1);
            case "qAttached" -> "1";
            case "qfThreadInfo" ->
                "m"
                        + IntStream.rangeClosed(1, machine.vcpus().size())
                                .mapToObj(Integer::toHexString)
                                .collect(Collectors.joining(","));
            case "qsThreadInfo" -> "l";
            default -> UNSUPPORTED;
        };
    }

    private static String part(String range) {
        int comma = range.indexOf(',');
        int from = Math.min(Integer.parseUnsignedInt(range, 0, Math.max(comma, 0), 16), TARGET.length());
        int length = Integer.parseUnsignedInt(range, comma + 1, range.length(), 16);
        int to = (int) Math.min(from + Integer.toUnsignedLong(length), TARGET.length());
        return from < 0 ? ERROR : (to == TARGET.length() ? "l" : "m") + TARGET.substring(from, to);
    }

    /** {@code monitor slide} tells what {@code symbol-file -o} needs. */
    private String monitor(String command) {
        try {
            String name = new String(HEX.parseHex(command), StandardCharsets.US_ASCII).strip();
            return name.equals("slide")
                    ? text("0x" + Long.toHexString(machine.slide()) + "\n")
                    : text("monitor slide: bytes between where the kernel was linked and where it runs\n");
        } catch (IllegalArgumentException e) {
            return ERROR;
        }
    }

    private static String text(String text) {
        return HEX.formatHex(text.getBytes(StandardCharsets.US_ASCII));
    }

    private String select(String operation) {
        if (!operation.startsWith("g")) {
            return "OK";
        }
        int thread = thread(operation.substring(1));
        if (thread < 0) {
            return ERROR;
        }
        vcpu = thread;
        return "OK";
    }

    /** Its place among the processors; 0 and -1 stand for any. */
    private int thread(String number) {
        if (number.equals("0") || number.equals("-1")) {
            return vcpu;
        }
        int thread = Integer.parseUnsignedInt(number, 16) - 1;
        return thread >= 0 && thread < machine.vcpus().size() ? thread : -1;
    }

    private String memory(String range) {
        int comma = range.indexOf(',');
        if (comma < 1) {
            return ERROR;
        }
        long address = Long.parseUnsignedLong(range, 0, comma, 16);
        long length = Long.parseUnsignedLong(range, comma + 1, range.length(), 16);
        if (length < 0) {
            return ERROR;
        }
        byte[] bytes = machine.read(vcpu, address, (int) Math.min(length, PacketStream.MAXIMUM / 2));
        return bytes.length == 0 && length > 0 ? ERROR : HEX.formatHex(bytes);
    }

    private static String registers(VcpuRegisters vcpu) {
        StringBuilder registers = new StringBuilder();
        for (int register = 0; register < GENERAL_REGISTERS; register++) {
            registers.append(register == STACK_POINTER ? little(vcpu.rsp(), Long.BYTES) : unknown(Long.BYTES));
        }
        registers.append(little(vcpu.rip(), Long.BYTES)).append(unknown(Integer.BYTES));
        registers.append(little(vcpu.cpl() == 0 ? KERNEL_CS : USER_CS, Integer.BYTES));
        return registers.append(unknown(SEGMENTS_AND_VECTORS - Integer.BYTES)).toString();
    }

    private static String little(long value, int size) {
        byte[] bytes = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
        return HEX.formatHex(bytes, 0, size);
    }

    private static String unknown(int size) {
        return "xx".repeat(size);
    }
}
