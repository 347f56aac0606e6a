// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class BlockHashesTest {
    @Property(tries = 200)
    void every_changed_byte_changes_its_page_and_its_block_alone(
            @ForAll @IntRange(max = 4095) int place,
            @ForAll @IntRange(min = 1, max = 255) int change,
            @ForAll long secret) {
        byte[] bytes = new byte[BlockHashes.PAGE];
        MemorySegment page = MemorySegment.ofArray(bytes);
        BlockHashes hashes = new BlockHashes(0, 2, secret);
        hashes.fill(1, page);

        assertThat(hashes.has(0)).isFalse();
        assertThat(hashes.same(1, page)).isTrue();
        bytes[place] ^= (byte) change;

        assertThat(hashes.same(1, page)).isFalse();
        for (int block = 0; block < BlockHashes.PAGE / BlockHashes.BLOCK; block++) {
            assertThat(hashes.sameBlock(1, block, page)).isEqualTo(block != place / BlockHashes.BLOCK);
        }
    }
}
