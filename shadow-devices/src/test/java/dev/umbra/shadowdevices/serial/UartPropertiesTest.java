// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.serial;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class UartPropertiesTest {
    private static final int MAXIMUM_STEPS = 300;

    @Property
    void savedState_atAnyPoint_givesAnIdenticalContinuation(
            @ForAll("programs") byte[] before, @ForAll("programs") byte[] after) {
        UartExerciser original = new UartExerciser();
        original.run(before);
        UartExerciser restored = new UartExerciser();
        restored.continueFrom(original);
        original.forgetObservations();
        int alreadyTaken = original.line.takenCount();

        original.run(after);
        restored.run(after);

        byte[] taken = original.line.taken();
        assertThat(restored.uart.state()).isEqualTo(original.uart.state());
        assertThat(restored.observations()).isEqualTo(original.observations());
        assertThat(restored.line.taken()).isEqualTo(Arrays.copyOfRange(taken, alreadyTaken, taken.length));
        assertThat(restored.interrupt.asserted()).isEqualTo(original.interrupt.asserted());
    }

    @Property
    void stateCodec_atAnyPoint_isLosslessAndEqualToTheFastPath(@ForAll("programs") byte[] program) {
        UartExerciser exerciser = new UartExerciser();
        exerciser.run(program);
        Uart16550State state = exerciser.uart.state();
        byte[] saved = new byte[Uart16550State.SIZE];
        byte[] encoded = new byte[Uart16550State.SIZE];

        exerciser.uart.save(MemorySegment.ofArray(saved));
        state.encode(MemorySegment.ofArray(encoded));

        assertThat(encoded).isEqualTo(saved);
        assertThat(Uart16550State.decode(MemorySegment.ofArray(saved))).isEqualTo(state);
    }

    @Property
    void pureRead_atAnyPoint_changesNothingAndAgreesWithRead(@ForAll("programs") byte[] program) {
        UartExerciser exerciser = new UartExerciser();
        exerciser.run(program);

        for (int register = 0; register < UartRegisters.COUNT; register++) {
            Uart16550State before = exerciser.uart.state();
            UartCounters counters = exerciser.uart.counters();

            int pure = exerciser.uart.pureRead(register);

            assertThat(exerciser.uart.state()).isEqualTo(before);
            assertThat(exerciser.uart.counters()).isEqualTo(counters);
            int value = exerciser.read(register);
            if (pure == -1) {
                assertThat(exerciser.uart.state()).isNotEqualTo(before);
            } else {
                assertThat(value).isEqualTo(pure);
                assertThat(exerciser.uart.state()).isEqualTo(before);
            }
        }
    }

    @Property
    void characters_afterAnything_areAllAccountedFor(@ForAll("programs") byte[] program) {
        UartExerciser exerciser = new UartExerciser();

        exerciser.run(program);

        assertThat(exerciser.receiveBalance()).isZero();
        assertThat(exerciser.transmitBalance()).isZero();
    }

    @Property
    void decode_ofAnyBytes_isRefusedOrGivesTheSameBytesBack(
            @ForAll("programs") byte[] program, @ForAll("damages") int[] damage) {
        UartExerciser exerciser = new UartExerciser();
        exerciser.run(program);
        byte[] bytes = new byte[Uart16550State.SIZE];
        exerciser.uart.save(MemorySegment.ofArray(bytes));
        for (int change : damage) {
            bytes[Math.floorMod(change, bytes.length)] ^= (byte) (1 << (change >>> 16 & 7));
        }

        HostileState.decodeAndUse(bytes);
    }

    @Provide
    Arbitrary<byte[]> programs() {
        Arbitrary<byte[]> step = Arbitraries.bytes().array(byte[].class).ofSize(UartExerciser.STEP_BYTES);
        return step.list().ofMaxSize(MAXIMUM_STEPS).map(steps -> {
            byte[] program = new byte[steps.size() * UartExerciser.STEP_BYTES];
            for (int index = 0; index < steps.size(); index++) {
                System.arraycopy(
                        steps.get(index), 0, program, index * UartExerciser.STEP_BYTES, UartExerciser.STEP_BYTES);
            }
            return program;
        });
    }

    @Provide
    Arbitrary<int[]> damages() {
        return Arbitraries.integers().array(int[].class).ofMinSize(1).ofMaxSize(4);
    }
}
