// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.memory;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A machine whose memory a fuzzer changes and that gets it back as it was. A whole kernel in each input would be slow and mostly
 * not looked at; an input is a few words at places that the code under test reads, which one clean run tells.
 */
public final class FuzzedMachine {
    private static final int MAXIMUM_CHANGES = 64;
    private static final int WORD = Long.BYTES;
    private static final int NEAR = 64;

    private record Changed(long place, long before) {}

    private final MemorySegment bytes;
    private final MemoryImage memory;
    private final Deque<Changed> changes = new ArrayDeque<>();

    /** @param original stays as it is */
    public FuzzedMachine(PhysicalMemory original) {
        MemorySegment source = original.bytes();
        bytes = Arena.ofAuto().allocate(source.byteSize(), PhysicalMemory.PAGE);
        bytes.copyFrom(source);
        memory = new MemoryImage(bytes);
    }

    public MemoryImage memory() {
        return memory;
    }

    /** Addresses of the words that are read in memory, and of the first ones of what is copied from it. */
    public long[] read(Consumer<PhysicalMemory> reader) {
        TreeSet<Long> places = new TreeSet<>();
        reader.accept(new PhysicalMemory() {
            @Override
            public long place(long physical) {
                long place = memory.place(physical);
                if (place != NOWHERE) {
                    places.add(place & -WORD);
                }
                return place;
            }

            @Override
            public MemorySegment bytes() {
                return memory.bytes();
            }

            @Override
            public long next(long physical) {
                return memory.next(physical);
            }
        });
        return places.stream().mapToLong(Long::longValue).toArray();
    }

    /** Changes some words, as the rest of an input says. */
    public void change(FuzzedDataProvider data, long[] places) {
        for (int count = 0; count < MAXIMUM_CHANGES && data.remainingBytes() > 0; count++) {
            long place = anyOf(data, places);
            if (data.consumeBoolean()) {
                place = Math.min(place + data.consumeInt(0, NEAR) * (long) WORD, bytes.byteSize() - WORD);
            }
            long before = bytes.get(ValueLayout.JAVA_LONG, place);
            changes.push(new Changed(place, before));
            bytes.set(ValueLayout.JAVA_LONG, place, value(data, before, places));
        }
    }

    /** Mostly something that looks like what was there: lists become rings and trees, and lengths too long. */
    private long value(FuzzedDataProvider data, long before, long[] places) {
        return switch (data.consumeInt(0, 7)) {
            case 0 -> data.consumeLong();
            case 1 -> data.consumeInt();
            case 2 -> before + data.consumeInt(-64, 64);
            case 3 -> before ^ 1L << data.consumeInt(0, 63);
            case 4 -> before & 0xffff_ffffL | data.consumeLong() << Integer.SIZE;
            case 5 -> before & ~0xffff_ffffL | data.consumeInt() & 0xffff_ffffL;
            default -> bytes.get(ValueLayout.JAVA_LONG, anyOf(data, places));
        };
    }

    private static long anyOf(FuzzedDataProvider data, long[] places) {
        return places[data.consumeInt(0, places.length - 1)];
    }

    public void restore() {
        changes.forEach(change -> bytes.set(ValueLayout.JAVA_LONG, change.place(), change.before()));
        changes.clear();
    }
}
