// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.I8042Registers.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class InputPropertiesTest {
    private static final int MAXIMUM_STEPS = 200;
    private static final int TRIES = 300;

    @Property(tries = TRIES)
    void savedState_atAnyPoint_givesAnIdenticalContinuation(
            @ForAll("programs") byte[] before, @ForAll("programs") byte[] after) {
        InputExerciser original = new InputExerciser();
        original.run(before);
        InputExerciser restored = new InputExerciser();
        restored.continueFrom(original);
        original.forgetObservations();

        original.run(after);
        restored.run(after);
        original.drain();
        restored.drain();

        assertThat(restored.device.state()).isEqualTo(original.device.state());
        assertThat(restored.observations()).isEqualTo(original.observations());
        assertThat(restored.keyboardLine.asserted()).isEqualTo(original.keyboardLine.asserted());
        assertThat(restored.auxLine.asserted()).isEqualTo(original.auxLine.asserted());
    }

    @Property(tries = TRIES)
    void stateCodec_atAnyPoint_isLosslessAndEqualToTheFastPath(@ForAll("programs") byte[] program) {
        InputExerciser exerciser = new InputExerciser();
        exerciser.run(program);
        I8042State state = exerciser.device.state();
        byte[] saved = new byte[I8042State.SIZE];
        byte[] encoded = new byte[I8042State.SIZE];

        exerciser.device.save(MemorySegment.ofArray(saved));
        state.encode(MemorySegment.ofArray(encoded));

        assertThat(encoded).isEqualTo(saved);
        assertThat(I8042State.decode(MemorySegment.ofArray(saved))).isEqualTo(state);
    }

    @Property(tries = TRIES)
    void pureRead_atAnyPoint_changesNothingAndAgreesWithRead(@ForAll("programs") byte[] program) {
        InputExerciser exerciser = new InputExerciser();
        exerciser.run(program);
        I8042State before = exerciser.device.state();

        int status = exerciser.device.pureRead(STATUS_COMMAND);
        int data = exerciser.device.pureRead(DATA);

        assertThat(exerciser.device.state()).isEqualTo(before);
        assertThat(exerciser.device.read(STATUS_COMMAND)).isEqualTo(status);
        assertThat(data == -1).isEqualTo((status & STATUS_OUTPUT_FULL) != 0);
        if (data != -1) {
            assertThat(exerciser.device.read(DATA)).isEqualTo(data);
            assertThat(exerciser.device.state()).isEqualTo(before);
        }
    }

    /** Whatever is pressed, however slowly the guest reads: what it takes to be held in the end is what is held. */
    @Property(tries = TRIES)
    void keys_releasedInTheEnd_areNeverStuck(@ForAll("programs") byte[] program) {
        I8042 device = new I8042(asserted -> {}, asserted -> {});
        device.write(STATUS_COMMAND, WRITE_CONTROL);
        device.write(DATA, CONTROL_TRANSLATE);
        SetOneReader guest = new SetOneReader();
        for (int at = 0; at + 1 < program.length; at += 2) {
            if ((program[at] & 3) == 0) {
                guest.read(device);
            } else {
                int number = program[at + 1] & 0xff;
                device.key(SetOneReader.isAmbiguous(number) ? ScanCodes.PRINT : number, (program[at] & 0xc) != 0);
            }
        }
        for (int key = 1; key < ScanCodes.KEYS; key++) {
            device.key(key, false);
        }

        while ((device.read(STATUS_COMMAND) & STATUS_OUTPUT_FULL) != 0) {
            guest.read(device);
        }

        assertThat(guest.held).isEqualTo(new BitSet());
    }

    /** The same for the buttons of the mouse. */
    @Property(tries = TRIES)
    void buttons_inTheEnd_areAsTheyAreHeld(@ForAll("programs") byte[] program) {
        I8042 device = new I8042(asserted -> {}, asserted -> {});
        device.write(STATUS_COMMAND, WRITE_AUX);
        device.write(DATA, Ps2.ENABLE);
        device.read(DATA);
        int held = 0;
        int seen = 0;
        int position = 0;
        for (byte step : program) {
            if ((step & 3) == 0 && (device.read(STATUS_COMMAND) & STATUS_OUTPUT_FULL) != 0) {
                int value = device.read(DATA);
                seen = position == 0 ? value & 7 : seen;
                position = (position + 1) % 3;
            } else {
                held = step >> 2 & 7;
                device.pointerMotion(step, step, 0, held);
            }
        }

        while ((device.read(STATUS_COMMAND) & STATUS_OUTPUT_FULL) != 0) {
            int value = device.read(DATA);
            seen = position == 0 ? value & 7 : seen;
            position = (position + 1) % 3;
        }

        assertThat(position).isZero();
        assertThat(seen).isEqualTo(held);
    }

    @Property(tries = TRIES)
    void decode_ofAnyBytes_isRefusedOrGivesTheSameBytesBack(
            @ForAll("programs") byte[] program, @ForAll("damages") int[] damage) {
        InputExerciser exerciser = new InputExerciser();
        exerciser.run(program);
        byte[] bytes = new byte[I8042State.SIZE];
        exerciser.device.save(MemorySegment.ofArray(bytes));
        for (int change : damage) {
            bytes[Math.floorMod(change, bytes.length)] ^= (byte) (1 << (change >>> 16 & 7));
        }

        HostileState.decodeAndUse(bytes);
    }

    @Provide
    Arbitrary<byte[]> programs() {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(MAXIMUM_STEPS * InputExerciser.STEP_BYTES);
    }

    @Provide
    Arbitrary<int[]> damages() {
        return Arbitraries.integers().array(int[].class).ofMinSize(1).ofMaxSize(4);
    }

    /** A guest that follows set 1 and knows which keys are held. */
    private static final class SetOneReader {
        private static final int OVERRUN = 0xff;
        private static final int HANJA = 0xf1;
        private static final int HANGEUL = 0xf2;

        private final BitSet held = new BitSet();
        private int prefix;
        private int skip;

        /** Numbers of no key in use, whose release looks like a prefix or the overrun code. */
        static boolean isAmbiguous(int number) {
            int code = number | ScanCodes.EXTENDED;
            return code == 0xe0 || code == 0xe1 || code == OVERRUN;
        }

        void read(I8042 device) {
            if ((device.read(STATUS_COMMAND) & STATUS_OUTPUT_FULL) == 0) {
                return;
            }
            int code = device.read(DATA);
            if (skip > 0) {
                skip--;
            } else if (code == 0xe1) {
                skip = 2;
            } else if (code == 0xe0) {
                prefix = ScanCodes.EXTENDED;
            } else if (code != OVERRUN && (prefix != 0 || code != HANJA && code != HANGEUL)) {
                held.set(code & 0x7f | prefix, (code & 0x80) == 0);
                prefix = 0;
            }
        }
    }
}
