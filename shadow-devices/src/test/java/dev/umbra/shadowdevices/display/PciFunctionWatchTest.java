// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.umbra.shadowdevices.DeviceStateException;
import dev.umbra.shadowdevices.DeviceStateException.Reason;
import dev.umbra.shadowdevices.display.PciFunctionWatch.Mapping;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PciFunctionWatchTest {
    private static final int DISPLAY = 2 << 11;
    private static final int NETWORK = 3 << 11;
    private static final int MEMORY_ON = 0x0007;

    private final PciFunctionWatch watch = new PciFunctionWatch();
    /** What the hypervisor answers, by configuration address. */
    private final Map<Integer, Integer> answers = new HashMap<>();

    PciFunctionWatchTest() {
        answers.put(DISPLAY, 0x11111234);
        answers.put(DISPLAY | 0x10, 0x00000008);
        answers.put(DISPLAY | 0x18, 0x00000000);
        answers.put(NETWORK, 0x10001af4);
    }

    @Test
    void firmware_enumeratesSizesAndPlaces_isFollowed() {
        enumerate();
        assertThat(watch.mapping()).isEmpty();

        write32(DISPLAY | 0x10, 0xfd000000);
        write32(DISPLAY | 0x18, 0xfebf0000);
        assertThat(watch.mapping()).isEmpty();
        write16(DISPLAY | 0x04, MEMORY_ON);

        assertThat(watch.mapping()).contains(new Mapping(0xfd000000L, 16 << 20, 0xfebf0000L, 4096));
    }

    @Test
    void operatingSystem_sizesAgain_hasNoMappingMeanwhile() {
        place();

        write32(DISPLAY | 0x10, 0xffffffff);
        assertThat(watch.mapping()).isEmpty();
        read32(DISPLAY | 0x10, 0xff000008);
        assertThat(watch.mapping()).isEmpty();
        write32(DISPLAY | 0x10, 0xc0000000);

        assertThat(watch.mapping()).contains(new Mapping(0xc0000000L, 16 << 20, 0xfebf0000L, 4096));
    }

    @Test
    void memoryDecoding_switchedOffAndOn_takesTheMappingAway() {
        place();

        write16(DISPLAY | 0x04, 0);
        assertThat(watch.mapping()).isEmpty();
        write8(DISPLAY | 0x04, 0x02);

        assertThat(watch.mapping()).isPresent();
    }

    @Test
    void otherFunctions_placed_areNotMistaken() {
        place();
        Mapping before = watch.mapping().orElseThrow();

        read32(NETWORK, 0x10001af4);
        write32(NETWORK | 0x10, 0xe0000000);
        write16(NETWORK | 0x04, 0);

        assertThat(watch.mapping()).contains(before);
    }

    @Test
    void identity_readAsTwoWords_isRecognised() {
        select(NETWORK);
        watch.read(0xcfc, 2, 0x1af4);
        watch.read(0xcfe, 2, 0x1111);
        write32(NETWORK | 0x10, 0xe0000000);
        select(DISPLAY);
        watch.read(0xcfc, 2, 0x1234);
        watch.read(0xcfe, 2, 0x1111);
        write32(DISPLAY | 0x10, 0xfd000000);
        write32(DISPLAY | 0x18, 0xfebf0000);

        write16(DISPLAY | 0x04, MEMORY_ON);

        assertThat(watch.mapping()).contains(new Mapping(0xfd000000L, 0, 0xfebf0000L, 0));
    }

    @Test
    void baseAddresses_readInsteadOfWritten_areTheAnswers() {
        enumerate();

        read32(DISPLAY | 0x10, 0xfa000008);
        read32(DISPLAY | 0x18, 0xfa800000);
        read32(DISPLAY | 0x04, 0x02100003);

        assertThat(watch.mapping()).contains(new Mapping(0xfa000000L, 16 << 20, 0xfa800000L, 4096));
    }

    @Test
    void address_notEnabledOrByteWide_selectsNothing() {
        place();
        Mapping before = watch.mapping().orElseThrow();

        watch.written(0xcf8, 4, DISPLAY | 0x10);
        watch.written(0xcfc, 4, 0);
        select(NETWORK);
        watch.written(0xcf8, 1, 0);
        watch.written(0xcf9, 1, 6);
        watch.written(0xcfe, 4, 0);

        assertThat(watch.mapping()).contains(before);
    }

    @Test
    void reset_afterwards_hasToBeIdentifiedAgain() {
        place();

        watch.reset();
        write16(DISPLAY | 0x04, MEMORY_ON);

        assertThat(watch.mapping()).isEmpty();
    }

    @Test
    void restore_saved_goesOn() {
        place();
        byte[] saved = saved();
        PciFunctionWatch other = new PciFunctionWatch();

        other.restore(MemorySegment.ofArray(saved));

        assertThat(other.mapping()).isEqualTo(watch.mapping());
    }

    @Test
    void restore_damaged_isRefused() {
        byte[] saved = saved();

        assertThat(refusal(Arrays.copyOf(saved, PciFunctionWatch.SIZE - 1))).isEqualTo(Reason.TRUNCATED);
        assertThat(refusal(changed(saved, 0))).isEqualTo(Reason.WRONG_DEVICE);
        assertThat(refusal(changed(saved, 4))).isEqualTo(Reason.UNSUPPORTED_VERSION);
        assertThat(refusal(changed(saved, 12))).isEqualTo(Reason.OUT_OF_RANGE);
        assertThat(refusal(changed(saved, 16))).isEqualTo(Reason.OUT_OF_RANGE);
        assertThat(refusal(changed(saved, 22))).isEqualTo(Reason.OUT_OF_RANGE);
    }

    @Property(tries = 300)
    void accesses_anyAtAll_areBorne(@ForAll int[] values) {
        select(DISPLAY);
        watch.read(0xcfc, 4, 0x11111234);
        for (int value : values) {
            int port = 0xcf8 + (value & 7);
            int size = 1 << (value >> 3 & 3) % 3;
            if ((value & 0x20) == 0) {
                watch.written(port, size, (value & 0x40) != 0 ? 0x80000000 | DISPLAY | value & 0xff : value);
            } else {
                watch.read(port, size, value);
            }
            watch.mapping().ifPresent(mapping -> {
                assertThat(mapping.frameBuffer()).isBetween(16L, 0xffffffffL);
                assertThat(Long.bitCount(mapping.frameBufferSize())).isLessThanOrEqualTo(1);
            });
        }
        PciFunctionWatch other = new PciFunctionWatch();
        other.restore(MemorySegment.ofArray(saved()));
        assertThat(other.mapping()).isEqualTo(watch.mapping());
    }

    private void place() {
        enumerate();
        write32(DISPLAY | 0x10, 0xfd000000);
        write32(DISPLAY | 0x18, 0xfebf0000);
        write16(DISPLAY | 0x04, MEMORY_ON);
    }

    private void enumerate() {
        for (int device = 0; device < 32; device++) {
            read32(device << 11, answers.getOrDefault(device << 11, -1));
        }
        read32(DISPLAY | 0x10, 8);
        write32(DISPLAY | 0x10, 0xffffffff);
        read32(DISPLAY | 0x10, 0xff000008);
        write32(DISPLAY | 0x10, 8);
        write32(DISPLAY | 0x18, 0xffffffff);
        read32(DISPLAY | 0x18, 0xfffff000);
        write32(DISPLAY | 0x18, 0);
    }

    private void select(int address) {
        watch.written(0xcf8, 4, 0x80000000 | address);
    }

    private void read32(int address, int answer) {
        select(address);
        watch.read(0xcfc, 4, answer);
    }

    private void write32(int address, int value) {
        select(address);
        watch.written(0xcfc, 4, value);
    }

    private void write16(int address, int value) {
        select(address);
        watch.written(0xcfc, 2, value);
    }

    private void write8(int address, int value) {
        select(address);
        watch.written(0xcfc, 1, value);
    }

    private byte[] saved() {
        byte[] bytes = new byte[PciFunctionWatch.SIZE];
        watch.save(MemorySegment.ofArray(bytes));
        return bytes;
    }

    private static byte[] changed(byte[] bytes, int at) {
        byte[] copy = bytes.clone();
        copy[at] ^= 0x55;
        return copy;
    }

    private static Reason refusal(byte[] bytes) {
        return catchThrowableOfType(
                        DeviceStateException.class, () -> new PciFunctionWatch().restore(MemorySegment.ofArray(bytes)))
                .reason();
    }
}
