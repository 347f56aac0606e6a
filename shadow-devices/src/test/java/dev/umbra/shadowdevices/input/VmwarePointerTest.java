// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.shadowdevices.input.VmwarePointer.Registers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VmwarePointerTest extends I8042Test {
    private static final int MAGIC = 0x564d5868;
    private static final int ENABLE = 0x45414552;
    private static final int DISABLE = 0xf5;
    private static final int RELATIVE = 0x4c455252;
    private static final int ABSOLUTE = 0x53424152;
    private static final int ERROR = 0xffff0000;

    private Registers call(int command, int argument) {
        return device.vmwarePointer().call(new Registers(MAGIC, argument, command, 0x5658));
    }

    private int pointerStatus() {
        return call(40, 0).eax();
    }

    private void enable(int mode) {
        call(41, ENABLE);
        call(39, 1);
        call(41, mode);
        enableMouse();
    }

    @Test
    void call_withoutTheMagicNumber_isRefused() {
        Registers answer = device.vmwarePointer().call(new Registers(1, 2, 10, 4));

        assertThat(answer).isEqualTo(new Registers(-1, 2, 10, 4));
        assertThat(device.counters().unknownCommands()).isEqualTo(1);
    }

    @Test
    void version_isAnswered() {
        assertThat(call(10, 0)).isEqualTo(new Registers(6, MAGIC, 2, 0x5658));
    }

    @Test
    void command_countsInItsLowHalfOnly() {
        assertThat(call(0x00010028, 0).eax()).isEqualTo(ERROR);
    }

    @Test
    void pointer_untilEnabled_isInError() {
        assertThat(pointerStatus()).isEqualTo(ERROR);
        call(41, ABSOLUTE);
        assertThat(device.isAbsolute()).isFalse();

        call(41, ENABLE);

        assertThat(pointerStatus()).isEqualTo(1);
        assertThat(device.isAbsolute()).isFalse();
    }

    @Test
    void enabled_withoutAMode_movesTheMouse() {
        call(41, ENABLE);
        enableMouse();

        device.pointerMotion(1, 0, 0, 0);

        expect(0x08, 1, 0);
        assertThat(pointerStatus()).isEqualTo(1);
    }

    @Test
    void relative_movement_isSoMarked() {
        enable(RELATIVE);

        device.pointerMotion(5, -3, 1, PointerButtons.LEFT);

        assertThat(call(39, 4)).isEqualTo(new Registers(0x0001_0020, 5, 3, 1));
        expect(0x08, 0, 0);
    }

    @Test
    void absolute_beyondTheScreen_staysOnIt() {
        enable(ABSOLUTE);

        device.pointerAbsolute(-5, 70000, 0, 0);

        assertThat(call(39, 4)).isEqualTo(new Registers(0, 0, 65535, 0));
    }

    @Test
    void absolute_ofATenantThatMovesTheMouseToo_releasesItsButtons() {
        enableMouse();
        device.pointerMotion(0, 0, 0, PointerButtons.LEFT);
        expect(0x09, 0, 0);
        enable(ABSOLUTE);
        drain();

        device.pointerAbsolute(1, 1, 0, PointerButtons.LEFT);

        assertThat(drain().getFirst()).isEqualTo(0x08);
    }

    @Test
    void queue_full_keepsTheLatestEvent() {
        enable(ABSOLUTE);
        for (int count = 1; count <= 40; count++) {
            device.pointerAbsolute(count, 0, 0, 0);
        }

        assertThat(pointerStatus()).isEqualTo(VmwarePointer.CAPACITY);
        Registers last = null;
        while (pointerStatus() != 0) {
            last = call(39, 4);
        }
        assertThat(last.ebx()).isEqualTo(40);
        assertThat(device.counters().lostPointerEvents()).isEqualTo(8);
    }

    @Test
    void doorbell_forManyEvents_isOnePacket() {
        enable(ABSOLUTE);
        for (int count = 0; count < 10; count++) {
            device.pointerAbsolute(count, 0, 0, 0);
        }
        expect(0x08, 0, 0);

        device.pointerAbsolute(5, 5, 0, 0);

        expect(0x08, 0, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, -1, Integer.MIN_VALUE, 3})
    void data_inAnImpossibleNumber_isAnError(int count) {
        call(41, ENABLE);

        assertThat(call(39, count).eax()).isEqualTo(-1);

        assertThat(pointerStatus()).isEqualTo(ERROR);
    }

    @Test
    void enable_anew_startsWithAnEmptyQueue() {
        enable(ABSOLUTE);
        device.pointerAbsolute(1, 1, 0, 0);

        call(41, ENABLE);

        assertThat(pointerStatus()).isEqualTo(1);
        assertThat(call(39, 1).eax()).isEqualTo(0x3442554a);
    }

    @Test
    void disable_andUnknownCommands_areBorne() {
        enable(ABSOLUTE);
        call(41, 0x1234);
        call(86, 1);
        assertThat(device.isAbsolute()).isTrue();

        call(41, DISABLE);

        assertThat(device.isAbsolute()).isFalse();
        assertThat(pointerStatus()).isEqualTo(ERROR);
    }
}
