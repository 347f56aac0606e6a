// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that C and Java agree. A C program made here prints the size of every structure, the place and size of every
 * field and the value of every enumerator and number of the header, as the compiler sees them. What it has to print
 * about is taken from the header's text, so that nothing can be added there without Java knowing it.
 */
class HeaderAgreementTest {
    private static final Path INCLUDE = Path.of("include").toAbsolutePath();
    private static final Path HEADER = INCLUDE.resolve("umbra/ultracall.h");
    private static final Pattern STRUCT = Pattern.compile("struct (\\w+) \\{(.*?)\\n\\};", Pattern.DOTALL);
    private static final Pattern FIELD = Pattern.compile("__(?:le16|le32|le64|u8) (\\w+)(\\[\\w*\\])?;");
    private static final Pattern ENUM = Pattern.compile("enum \\w+ \\{(.*?)\\n\\};", Pattern.DOTALL);
    private static final Pattern ENUMERATOR = Pattern.compile("^\\s*(UMBRA_\\w+)\\s*(?:=|,|$)", Pattern.MULTILINE);
    private static final Pattern MACRO =
            Pattern.compile("^#define (UMBRA_[A-Z_]+)[ \\t]+(.+?)(?:\\s*/\\*.*)?$", Pattern.MULTILINE);

    @TempDir
    Path directory;

    @Test
    void structuresAgree() throws Exception {
        String text = withoutComments();
        Map<String, Long> expected = new TreeMap<>();
        for (StructLayout layout : WireLayout.ALL) {
            String struct = layout.name().orElseThrow();
            expected.put("sizeof " + struct, layout.byteSize());
            for (MemoryLayout field : layout.memberLayouts()) {
                String name = field.name().orElseThrow();
                expected.put("offsetof " + struct + "." + name, layout.byteOffset(PathElement.groupElement(name)));
                if (!flexible(field)) {
                    expected.put("sizeof " + struct + "." + name, field.byteSize());
                }
            }
        }

        StringBuilder program = new StringBuilder();
        Matcher structs = STRUCT.matcher(text);
        while (structs.find()) {
            String struct = structs.group(1);
            program.append(print("sizeof " + struct, "sizeof(struct " + struct + ")"));
            Matcher fields = FIELD.matcher(structs.group(2));
            while (fields.find()) {
                String field = fields.group(1);
                program.append(
                        print("offsetof " + struct + "." + field, "offsetof(struct " + struct + ", " + field + ")"));
                if (!"[]".equals(fields.group(2))) {
                    program.append(print(
                            "sizeof " + struct + "." + field, "sizeof(((struct " + struct + " *)0)->" + field + ")"));
                }
            }
        }

        assertThat(run(program.toString())).isEqualTo(expected);
    }

    @Test
    void enumeratorsAgree() throws Exception {
        Map<String, Long> expected = new TreeMap<>();
        for (FrameType type : FrameType.values()) {
            expected.put("UMBRA_FRAME_" + type, (long) type.code());
        }
        put(expected, "UMBRA_COUNTER_", HypervisorCounter.values(), 0);
        expected.put("UMBRA_COUNTER_COUNT", (long) HypervisorCounter.values().length);
        put(expected, "UMBRA_FUNCTION_", UltracallFunction.values(), 0);
        put(expected, "UMBRA_STATUS_", UltracallStatus.values(), 0);
        put(expected, "UMBRA_VENDOR_", Frame.Vendor.values(), 1);
        put(expected, "UMBRA_", Frame.Presence.values(), 1);
        put(expected, "UMBRA_ALARM_", Frame.AlarmKind.values(), 1);
        put(expected, "UMBRA_ORIGIN_", Frame.Origin.values(), 1);
        put(expected, "UMBRA_CLAIM_", PortClaim.values(), 0);
        put(expected, "UMBRA_VCPU_", VcpuFrame.VcpuState.values(), 1);
        put(expected, "UMBRA_PAUSE_", VcpuFrame.PauseState.values(), 1);
        expected.put("UMBRA_DIRECTION_WRITE", 1L);
        expected.put("UMBRA_DIRECTION_READ", 2L);
        expected.put("UMBRA_STEP_SAME", 0L);
        expected.put("UMBRA_STEP_UP", 1L);
        expected.put("UMBRA_STEP_DOWN", 0xffL);
        put(expected, "UMBRA_ADDRESS_SPACE_", MemoryFrame.AddressSpace.values(), 1);
        expected.put("UMBRA_UNCLAIMED", 0L);
        expected.put("UMBRA_ENROLLED", 1L);

        Set<String> names = new LinkedHashSet<>();
        Matcher enums = ENUM.matcher(withoutComments());
        while (enums.find()) {
            Matcher enumerators = ENUMERATOR.matcher(enums.group(1));
            while (enumerators.find()) {
                names.add(enumerators.group(1));
            }
        }
        assertThat(run(names.stream().map(name -> print(name, name)).collect(Collectors.joining())))
                .isEqualTo(expected);
    }

    @Test
    void numbersAgree() throws Exception {
        Map<String, Long> expected = new TreeMap<>();
        expected.put("UMBRA_PROTOCOL_MAJOR", (long) Protocol.MAJOR);
        expected.put("UMBRA_PROTOCOL_MINOR", (long) Protocol.MINOR);
        expected.put("UMBRA_FRAME_MAXIMUM", (long) Protocol.FRAME_MAXIMUM);
        expected.put("UMBRA_PORT_DATA_MAXIMUM", (long) Protocol.PORT_DATA_MAXIMUM);
        expected.put("UMBRA_MEMORY_END", Protocol.MEMORY_END);
        expected.put("UMBRA_COPY_MAXIMUM", (long) Protocol.COPY_MAXIMUM);
        expected.put("UMBRA_MEMORY_CLAIMS", (long) Protocol.MEMORY_CLAIMS);
        expected.put("UMBRA_TENANT_VM_PAUSED", 1L);
        expected.put("UMBRA_TENANT_VM_DISPUTED", 2L);
        expected.put("UMBRA_TENANT_VM_FIVE_LEVELS", 4L);
        expected.put("UMBRA_MEMORY_LAST", 1L);
        expected.put("UMBRA_VCPUS_LAST", 1L);
        expected.put("UMBRA_PAUSE_MAXIMUM", (long) Protocol.PAUSE_MAXIMUM);
        expected.put("UMBRA_MEMORY_INCOMPLETE", 2L);
        expected.put("UMBRA_ULTRACALL_MAGIC", (long) Protocol.ULTRACALL_MAGIC);
        expected.put("UMBRA_STATUS_BASE", UltracallStatus.OK.value());
        expected.put("UMBRA_RELAY_MAGIC_LENGTH", (long) Protocol.RELAY_MAGIC.length());

        Map<String, String> macros = macros();
        assertThat(macros.remove("UMBRA_DEVICE_NAME")).isEqualTo("\"" + Protocol.DEVICE_NAME + "\"");
        assertThat(macros.remove("UMBRA_RELAY_MAGIC"))
                .isEqualTo("\"" + Protocol.RELAY_MAGIC.replace("\r", "\\r").replace("\n", "\\n") + "\"");
        assertThat(run(macros.keySet().stream().map(name -> print(name, name)).collect(Collectors.joining())))
                .isEqualTo(expected);
    }

    private static boolean flexible(MemoryLayout field) {
        return field instanceof SequenceLayout sequence && sequence.elementCount() == 0;
    }

    private static <E extends Enum<E>> void put(Map<String, Long> expected, String prefix, E[] values, long first) {
        for (E value : values) {
            expected.put(prefix + value.name().toUpperCase(Locale.ROOT), first + value.ordinal());
        }
    }

    private static String withoutComments() throws IOException {
        return Files.readString(HEADER).replaceAll("(?s)/\\*.*?\\*/", "");
    }

    private static Map<String, String> macros() throws IOException {
        Map<String, String> macros = new LinkedHashMap<>();
        Matcher found = MACRO.matcher(Files.readString(HEADER));
        while (found.find()) {
            macros.put(found.group(1), found.group(2).strip());
        }
        return macros;
    }

    private static String print(String name, String value) {
        return "\tprintf(\"" + name + "=%lld\\n\", (long long)(" + value + "));\n";
    }

    private Map<String, Long> run(String statements) throws Exception {
        Path source = directory.resolve("agreement.c");
        Path program = directory.resolve("agreement");
        Files.writeString(
                source,
                "#include <stddef.h>\n#include <stdio.h>\n#include <umbra/ultracall.h>\nint main(void)\n{\n"
                        + statements + "\treturn 0;\n}\n");
        output("gcc", "-Wall", "-Werror", "-I", INCLUDE.toString(), "-o", program.toString(), source.toString());
        Map<String, Long> values = new TreeMap<>();
        output(program.toString()).lines().forEach(line -> {
            String[] parts = line.split("=");
            values.put(parts[0], Long.parseLong(parts[1]));
        });
        assertThat(values).isNotEmpty();
        return values;
    }

    private static String output(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }
}
