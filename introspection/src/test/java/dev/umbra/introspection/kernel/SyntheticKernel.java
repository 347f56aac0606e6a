// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import dev.umbra.introspection.kernel.structures.SyntheticMemory;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A kernel that consists of symbols and of structures laid out as no real one has them, in a memory that a test fills. What
 * there is, is listed in {@code synthetic-kernel.txt}: {@code symbol NAME PLACE}, {@code constant ENUM NAME VALUE} and
 * {@code STRUCT MEMBER}, with the number of elements if it is an array, of bytes unless it says {@code words}.
 */
public final class SyntheticKernel {
    private static final int INT = 1;
    private static final int STRUCT = 4;
    private static final int ENUM = 6;
    private static final int ARRAY = 3;
    private static final int BYTE_TYPE = 1;
    private static final int WORD_TYPE = 2;
    private static final int HEADER = 24;

    private final ByteArrayOutputStream names = new ByteArrayOutputStream();
    private final List<int[]> types = new ArrayList<>();

    private record Member(String name, int type, int size) {}

    private SyntheticKernel() {
        names.write(0);
    }

    /** Lines that describe the kernel. */
    public static List<String> description() {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                SyntheticKernel.class.getResourceAsStream("synthetic-kernel.txt"), StandardCharsets.UTF_8))) {
            return reader.lines().filter(line -> !line.startsWith("#")).toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** @param machine its text begins where its page tables end */
    public static Kernel in(SyntheticMemory machine, List<String> lines) {
        return in(machine, lines, "00");
    }

    /** Another build. */
    public static Kernel in(SyntheticMemory machine, List<String> lines, String buildId) {
        long text = SyntheticMemory.FREE;
        KernelDescription description = new KernelDescription(
                buildId, "Linux version synthetic", symbols(lines), new SyntheticKernel().types(lines));
        long[] perCpu = {text, text + 4096};
        return new Kernel(
                new KernelProfile(description, text),
                machine.addressSpace(),
                new KernelLayout(0, 0, SyntheticMemory.BASE, text, text, 64, false, perCpu));
    }

    private static SymbolTable symbols(List<String> lines) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<Integer> starts = new ArrayList<>();
        List<Integer> offsets = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.split(" ");
            if (words[0].equals("symbol")) {
                starts.add(bytes.size());
                offsets.add(Integer.decode(words[2]));
                bytes.writeBytes(("D" + words[1]).getBytes(StandardCharsets.UTF_8));
            }
        }
        starts.add(bytes.size());
        return new SymbolTable(toArray(offsets), false, bytes.toByteArray(), toArray(starts));
    }

    private static int[] toArray(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    private Btf types(List<String> lines) {
        add(name("unsigned char"), INT << 24, 1, 8);
        add(name("unsigned long"), INT << 24, 8, 64);
        Map<String, List<Member>> structs = new LinkedHashMap<>();
        Map<String, List<Integer>> enums = new LinkedHashMap<>();
        for (String line : lines) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "symbol" -> {}
                case "constant" -> {
                    List<Integer> constants = enums.computeIfAbsent(words[1], unused -> new ArrayList<>());
                    constants.add(name(words[2]));
                    constants.add(Integer.decode(words[3]));
                }
                default ->
                    structs.computeIfAbsent(words[0], unused -> new ArrayList<>())
                            .add(member(words));
            }
        }
        structs.forEach(this::addStruct);
        enums.forEach((name, constants) -> {
            int[] type = new int[3 + constants.size()];
            type[0] = name(name);
            type[1] = ENUM << 24 | constants.size() / 2;
            type[2] = Integer.BYTES;
            for (int index = 0; index < constants.size(); index++) {
                type[3 + index] = constants.get(index);
            }
            types.add(type);
        });
        return Btf.parse(bytes());
    }

    private Member member(String[] words) {
        if (words.length == 2) {
            return new Member(words[1], WORD_TYPE, Long.BYTES);
        }
        boolean ofWords = words.length == 4;
        int elements = Integer.parseInt(words[2]);
        add(0, ARRAY << 24, 0, ofWords ? WORD_TYPE : BYTE_TYPE, WORD_TYPE, elements);
        return new Member(words[1], types.size(), elements * (ofWords ? Long.BYTES : 1) + 7 & ~7);
    }

    private void addStruct(String name, List<Member> members) {
        int[] type = new int[3 + members.size() * 3];
        int at = 0;
        for (int index = 0; index < members.size(); index++) {
            type[3 + index * 3] = name(members.get(index).name());
            type[4 + index * 3] = members.get(index).type();
            type[5 + index * 3] = at * Byte.SIZE;
            at += members.get(index).size();
        }
        type[0] = name(name);
        type[1] = STRUCT << 24 | members.size();
        type[2] = at;
        types.add(type);
    }

    private int name(String name) {
        int place = names.size();
        names.writeBytes(name.getBytes(StandardCharsets.UTF_8));
        names.write(0);
        return place;
    }

    private void add(int... type) {
        types.add(type);
    }

    private byte[] bytes() {
        int length =
                types.stream().mapToInt(type -> type.length * Integer.BYTES).sum();
        ByteBuffer blob = ByteBuffer.allocate(HEADER + length + names.size()).order(ByteOrder.LITTLE_ENDIAN);
        blob.putInt(0x0001_eb9f)
                .putInt(HEADER)
                .putInt(0)
                .putInt(length)
                .putInt(length)
                .putInt(names.size());
        for (int[] type : types) {
            for (int word : type) {
                blob.putInt(word);
            }
        }
        return blob.put(names.toByteArray()).array();
    }
}
