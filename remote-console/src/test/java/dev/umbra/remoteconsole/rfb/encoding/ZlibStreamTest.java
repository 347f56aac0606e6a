// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb.encoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Whatever is compressed, another implementation decompresses it, all of it as soon as it is sent. */
class ZlibStreamTest {
    private static final int WINDOW = 32 << 10;

    private final Inflater inflater = new Inflater();
    private final ZlibStream stream = new ZlibStream();
    private final DeflateBlock block = new DeflateBlock();
    private final ByteSink out = new ByteSink(16);

    @Property(tries = 150)
    void test_what_is_compressed_comes_back(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int unit, @ForAll @IntRange(max = 9) int level)
            throws DataFormatException {
        ZlibStreamTest client = new ZlibStreamTest();
        Random random = new Random(seed);
        for (int part = 0; part < 8; part++) {
            byte[] plain = new byte[1 + random.nextInt(1 << random.nextInt(18))];
            draw(plain, random);
            client.stream.compress(plain, plain.length, unit, level, client.block, client.out);
            assertThat(client.received(plain.length)).isEqualTo(plain);
        }
    }

    @Property(tries = 60)
    void test_parts_of_any_unit_and_level_share_a_stream(@ForAll long seed) throws DataFormatException {
        ZlibStreamTest client = new ZlibStreamTest();
        Random random = new Random(seed);
        byte[] all = new byte[100_000];
        int length = 0;
        client.block.clear();
        while (length < 80_000) {
            byte[] plain = new byte[1 + random.nextInt(20_000)];
            draw(plain, random);
            System.arraycopy(plain, 0, all, length, plain.length);
            length += plain.length;
            client.stream.add(plain, plain.length, 1 + random.nextInt(4), random.nextInt(10), client.block, client.out);
        }
        client.stream.finish(client.block, client.out);
        assertThat(client.received(length)).isEqualTo(Arrays.copyOf(all, length));
    }

    @Test
    void test_repetitions_reach_back_through_the_window_and_no_farther() throws DataFormatException {
        byte[] far = noise(WINDOW - 300);
        byte[] mark = noise(300);
        assertThat(sent(mark)).isGreaterThan(300);
        sent(far);
        assertThat(sent(mark)).isLessThan(20);
        sent(far);
        sent(noise(301));
        assertThat(sent(mark)).isGreaterThan(300);
    }

    @Test
    void test_codes_are_shortened_to_what_the_format_allows() throws DataFormatException {
        byte[] plain = new byte[20_000];
        int length = 0;
        int next = 1;
        for (int before = 1, value = 0; length + next <= plain.length; value++) {
            Arrays.fill(plain, length, length + next, (byte) value);
            length += next;
            next += before;
            before = next - before;
        }
        stream.compress(plain, length, 1, 0, block, out);
        assertThat(received(length)).isEqualTo(Arrays.copyOf(plain, length));
    }

    @Test
    void test_nothing_is_sent_as_nothing() throws DataFormatException {
        stream.compress(new byte[0], 0, 1, 2, block, out);
        assertThat(received(0)).isEmpty();
    }

    @Test
    void test_noise_grows_by_little() {
        byte[] plain = noise(100_000);
        stream.compress(plain, plain.length, 3, 2, block, out);
        assertThat(out.length()).isLessThan(104_000);
    }

    private int sent(byte[] plain) throws DataFormatException {
        int before = out.length();
        stream.compress(plain, plain.length, 1, 2, block, out);
        int sent = out.length() - before;
        assertThat(received(plain.length)).isEqualTo(plain);
        return sent;
    }

    /** Decompresses what was sent and takes it away. */
    private byte[] received(int length) throws DataFormatException {
        byte[] plain = new byte[length + 1];
        inflater.setInput(out.array(), 0, out.length());
        int count = 0;
        for (int more = 1; more > 0; count += more) {
            more = inflater.inflate(plain, count, plain.length - count);
        }
        assertThat(inflater.getRemaining()).isZero();
        out.clear();
        return Arrays.copyOf(plain, count);
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** Noise, few values, runs, repetitions from any distance, or a mixture. */
    private static void draw(byte[] plain, Random random) {
        int kind = random.nextInt(5);
        for (int at = 0; at < plain.length; ) {
            int here = kind == 4 ? random.nextInt(4) : kind;
            int length = Math.min(plain.length - at, 1 + random.nextInt(600));
            int distance = 1 + random.nextInt(40_000);
            byte value = (byte) random.nextInt();
            for (int left = length; left > 0; left--, at++) {
                plain[at] = switch (here) {
                    case 0 -> (byte) random.nextInt();
                    case 1 -> (byte) random.nextInt(3);
                    case 2 -> value;
                    default -> at >= distance ? plain[at - distance] : value;
                };
            }
        }
    }
}
