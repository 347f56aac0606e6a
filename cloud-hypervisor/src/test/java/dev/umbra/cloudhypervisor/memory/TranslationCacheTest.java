// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TranslationCacheTest {
    private static final long PAGE = 0xf_ffff_8000_1234L;

    private final TranslationCache cache = new TranslationCache(4);

    @Test
    void page_is_found_until_all_are_forgotten() {
        int put = cache.put(PAGE, 0x1000, 0x2003, 0x5000);

        int found = cache.find(PAGE);
        assertThat(found).isEqualTo(put);
        assertThat(cache.leafAddress(found)).isEqualTo(0x1000);
        assertThat(cache.leaf(found)).isEqualTo(0x2003);
        assertThat(cache.frame(found)).isEqualTo(0x5000);
        cache.invalidate();
        assertThat(cache.find(PAGE)).isEqualTo(TranslationCache.NONE);
    }

    @Test
    void pages_that_differ_in_one_bit_are_different_pages() {
        cache.put(PAGE, 0x1000, 0x2003, 0x5000);

        for (int bit = 0; bit < 52; bit++) {
            assertThat(cache.find(PAGE ^ 1L << bit)).as("bit %d", bit).isEqualTo(TranslationCache.NONE);
        }
    }

    /** Generations come round; what one of long ago has left must not be taken for one of now. */
    @Test
    void what_was_forgotten_never_comes_back() {
        cache.put(PAGE, 0x1000, 0x2003, 0x5000);

        for (int times = 0; times < 3 << 12; times++) {
            cache.invalidate();
            assertThat(cache.find(PAGE)).isEqualTo(TranslationCache.NONE);
        }
        int put = cache.put(PAGE, 0x3000, 0x4003, 0x6000);
        assertThat(cache.find(PAGE)).isEqualTo(put);
    }
}
