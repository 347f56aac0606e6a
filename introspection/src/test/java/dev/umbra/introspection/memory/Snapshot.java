// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A machine of which the memory and the registers were kept, and what it said about itself at that moment: a folder with
 * {@code memory.raw}, {@code registers.json} and {@code truth}.
 */
public record Snapshot(Path folder) {
    private static final Pattern OBJECT = Pattern.compile("\\{([^}]*)}");
    private static final Pattern FIELD = Pattern.compile("\"(\\w+)\": *\"?(0x)?([0-9a-f]+)\"?");

    /** All that the system property {@code umbra.snapshots} leads to; none without it. */
    public static List<Snapshot> all() {
        String root = System.getProperty("umbra.snapshots");
        if (root == null) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(Path.of(root))) {
            return folders.filter(folder -> Files.exists(folder.resolve("made-of")))
                    .sorted()
                    .map(Snapshot::new)
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public String name() {
        return folder.getFileName().toString();
    }

    /** Whether the test rootkit is at work in it. */
    public boolean hasRootkit() {
        return Files.exists(folder.resolve("tricks"));
    }

    @Override
    public String toString() {
        return name();
    }

    public MemoryImage memory() throws IOException {
        return MemoryImage.map(folder.resolve("memory.raw"));
    }

    public List<VcpuRegisters> registers() throws IOException {
        List<VcpuRegisters> all = new ArrayList<>();
        Matcher objects = OBJECT.matcher(Files.readString(folder.resolve("registers.json")));
        while (objects.find()) {
            Map<String, Long> values = new HashMap<>();
            Matcher fields = FIELD.matcher(objects.group(1));
            while (fields.find()) {
                values.put(fields.group(1), Long.parseUnsignedLong(fields.group(3), fields.group(2) == null ? 10 : 16));
            }
            all.add(new VcpuRegisters(
                    values.get("vcpu").intValue(),
                    values.get("cr0"),
                    values.get("cr3"),
                    values.get("cr4"),
                    values.get("efer"),
                    values.get("gdt"),
                    values.get("idt"),
                    values.get("idt_limit").intValue(),
                    values.get("lstar"),
                    values.get("gs_base"),
                    values.get("kernel_gs_base"),
                    values.get("rip"),
                    values.get("rsp"),
                    values.get("cpl").intValue()));
        }
        return all;
    }

    /** Lines of a file of the truth. */
    public List<String> truth(String file) throws IOException {
        return Files.readAllLines(folder.resolve("truth").resolve(file));
    }
}
