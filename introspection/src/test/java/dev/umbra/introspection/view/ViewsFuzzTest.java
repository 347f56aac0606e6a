// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.SyntheticKernel;
import dev.umbra.introspection.kernel.structures.SyntheticMemory;
import java.util.Random;

/** Whatever a tenant leaves in its kernel's memory, every view ends and throws nothing. */
class ViewsFuzzTest {
    private static final SyntheticMemory MACHINE = new SyntheticMemory(1);
    private static final Kernel KERNEL = SyntheticKernel.in(MACHINE, SyntheticKernel.description());
    private static final int WORDS = 8192;
    private static final int MOST_ENTRIES = 1 << 23;

    @FuzzTest(maxDuration = "5s")
    void memory(FuzzedDataProvider data) {
        MACHINE.clear();
        KERNEL.memory().invalidate();
        Random random = new Random(data.consumeLong());
        int nulls = data.consumeInt(1, 20);
        int pointers = data.consumeInt(0, 100);
        for (int word = 0; word < WORDS; word++) {
            put(word, random.nextInt(nulls) == 0 ? value(random, pointers) : 0);
        }
        while (data.remainingBytes() > 0) {
            int word = data.consumeInt(0, WORDS - 1);
            put(word, data.consumeBoolean() ? data.consumeLong() : pointer(data.consumeInt()));
        }
        if (AllViews.read(new Views(KERNEL)) > MOST_ENTRIES) {
            throw new AssertionError("no end");
        }
    }

    private static void put(int word, long value) {
        MACHINE.put(SyntheticMemory.FREE + word * 8L, value);
    }

    private static long value(Random random, int pointers) {
        if (random.nextInt(100) < pointers) {
            return pointer(random.nextInt());
        }
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> random.nextInt();
            case 2 -> random.nextInt(256);
            default -> SyntheticMemory.FREE + random.nextInt(WORDS * 8);
        };
    }

    /** Mostly to a word of the memory; sometimes marked as trees mark theirs. */
    private static long pointer(int choice) {
        long address = SyntheticMemory.FREE + (choice & WORDS - 1) * 8L;
        return switch (choice >>> 29) {
            case 0 -> address + 2;
            case 1 -> address & -256 | 1 << 3 | 2;
            case 2 -> address & -256 | 2 << 3 | 4;
            default -> address;
        };
    }
}
