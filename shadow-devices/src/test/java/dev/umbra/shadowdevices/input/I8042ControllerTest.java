// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.I8042Registers.*;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class I8042ControllerTest extends I8042Test {
    @Test
    void status_afterPowerOn_showsAnOpenLockOnly() {
        assertThat(status()).isEqualTo(0x10);
    }

    @Test
    void status_afterWrites_tellsWhichPortWasWritten() {
        command(ENABLE_AUX);
        assertThat(status() & STATUS_COMMAND_WRITTEN).isNotZero();

        toKeyboard(Ps2.ENABLE);

        assertThat(status() & STATUS_COMMAND_WRITTEN).isZero();
    }

    @Test
    void status_afterSelfTest_hasTheSystemBit() {
        command(SELF_TEST);

        expect(SELF_TEST_PASSED);
        assertThat(status() & STATUS_SYSTEM).isNotZero();
        command(WRITE_CONTROL, 0);
        assertThat(status() & STATUS_SYSTEM).isZero();
    }

    @ParameterizedTest
    @CsvSource({"0xa9, 0x00", "0xab, 0x00", "0xaa, 0x55", "0xc0, 0x80", "0x20, 0x03", "0xd0, 0xcf"})
    void command_thatAsks_isAnsweredAsKeyboardData(int command, int answer) {
        command(command);

        assertThat(status() & (STATUS_OUTPUT_FULL | STATUS_AUX_OUTPUT_FULL)).isEqualTo(STATUS_OUTPUT_FULL);
        assertThat(keyboardLine.asserted()).isTrue();
        expect(answer);
        assertThat(keyboardLine.asserted()).isFalse();
    }

    @Test
    void commandByte_written_isReadBackWithoutTheReservedBit() {
        command(WRITE_CONTROL, 0xff);

        command(READ_CONTROL);

        expect(0x7f);
    }

    @Test
    void interfaces_switchedOffAndOn_showInTheCommandByte() {
        command(DISABLE_KEYBOARD);
        command(DISABLE_AUX);
        command(READ_CONTROL);
        expect(0x33);

        command(ENABLE_KEYBOARD);
        command(ENABLE_AUX);
        command(READ_CONTROL);

        expect(0x03);
    }

    @Test
    void keyboardInterface_off_holdsKeysBack() {
        command(DISABLE_KEYBOARD);

        type(A);
        assertThat(drain()).isEmpty();
        command(ENABLE_KEYBOARD);

        expect(0x1c, 0xf0, 0x1c);
    }

    @Test
    void writeToDevice_behindAnInterfaceThatIsOff_switchesItOn() {
        command(WRITE_CONTROL, CONTROL_KEYBOARD_DISABLED | CONTROL_AUX_DISABLED);

        toKeyboard(Ps2.KEYBOARD_ECHO);
        toMouse(Ps2.IDENTIFY);

        expect(Ps2.KEYBOARD_ECHO, Ps2.ACKNOWLEDGE, 0x00);
        command(READ_CONTROL);
        expect(0x00);
    }

    @Test
    void outputBuffer_ofSeveralSources_givesOneByteAtATimeWithItsSource() {
        enableMouse();
        device.pointerMotion(1, 0, 0, 0);
        device.key(A, true);
        command(READ_CONTROL);

        assertThat(status() & STATUS_AUX_OUTPUT_FULL).as("was there first").isNotZero();
        assertThat(device.read(DATA)).isEqualTo(0x08);
        assertThat(status() & STATUS_AUX_OUTPUT_FULL).isZero();
        assertThat(device.read(DATA)).as("the controller's answer").isEqualTo(0x03);
        assertThat(device.read(DATA)).as("the keyboard").isEqualTo(0x1c);
        assertThat(status() & STATUS_AUX_OUTPUT_FULL).isNotZero();
        expect(0x01, 0x00);
    }

    @Test
    void read_ofAnEmptyOutputBuffer_repeatsTheLastByte() {
        device.key(A, true);
        device.read(DATA);

        assertThat(device.read(DATA)).isEqualTo(0x1c);
        assertThat(device.pureRead(DATA)).isEqualTo(0x1c);
    }

    @Test
    void interrupt_forEachByte_isAnEdgeOfItsOwn() {
        type(A);
        assertThat(keyboardLine.risingEdges()).isEqualTo(1);

        device.read(DATA);
        assertThat(keyboardLine.risingEdges()).isEqualTo(2);
        device.read(DATA);
        assertThat(keyboardLine.risingEdges()).isEqualTo(3);
        device.read(DATA);

        assertThat(keyboardLine.risingEdges()).isEqualTo(3);
        assertThat(keyboardLine.asserted()).isFalse();
        assertThat(auxLine.risingEdges()).isZero();
    }

    @Test
    void interrupt_switchedOn_risesForAByteThatIsThere() {
        command(WRITE_CONTROL, 0);
        device.key(A, true);
        assertThat(keyboardLine.asserted()).isFalse();

        command(WRITE_CONTROL, CONTROL_KEYBOARD_INTERRUPT);

        assertThat(keyboardLine.asserted()).isTrue();
    }

    @Test
    void loopback_throughTheOutputBuffer_comesFromWhereItIsAskedTo() {
        command(WRITE_KEYBOARD_OUTPUT, 0x1c);
        assertThat(status() & STATUS_AUX_OUTPUT_FULL).isZero();
        assertThat(keyboardLine.asserted()).isTrue();
        expect(0x1c);

        command(WRITE_AUX_OUTPUT, 0x5a);

        assertThat(status() & STATUS_AUX_OUTPUT_FULL).isNotZero();
        assertThat(auxLine.asserted()).isTrue();
        expect(0x5a);
    }

    @Test
    void loopback_withTranslation_isNotTranslated() {
        translate();

        command(WRITE_KEYBOARD_OUTPUT, 0x1c);

        expect(0x1c);
    }

    @Test
    void answer_replacedBeforeItCouldBeRead_isCounted() {
        type(A);
        command(READ_CONTROL);

        command(SELF_TEST);

        expect(0x1c, SELF_TEST_PASSED, 0xf0, 0x1c);
        assertThat(device.counters().lostReplies()).isEqualTo(1);
    }

    @Test
    void command_beforeTheParameterOfAnother_takesItsPlace() {
        command(WRITE_CONTROL);
        command(READ_CONTROL);

        toKeyboard(Ps2.KEYBOARD_ECHO);

        expect(0x03, Ps2.KEYBOARD_ECHO);
    }

    @Test
    void addressLine20_byOutputPortAndCommands_isTold() {
        command(WRITE_OUTPUT_PORT, 0xdd);
        command(READ_OUTPUT_PORT);
        expect(0xcd);
        command(ENABLE_A20);
        command(ENABLE_A20);
        command(DISABLE_A20);

        assertThat(listener.events()).containsExactly("a20 false", "a20 true", "a20 false");
    }

    @Test
    void outputPort_withAByteInTheBuffer_showsIt() {
        command(WRITE_AUX_OUTPUT, 0);
        command(READ_OUTPUT_PORT);

        expect(0x00, 0xef);
    }

    @ParameterizedTest
    @ValueSource(ints = {0xf0, 0xfa, 0xfe})
    void pulse_ofTheResetLine_isTold(int command) {
        command(command);

        assertThat(listener.events()).containsExactly("reset");
    }

    @Test
    void pulse_ofNothing_doesNothing() {
        command(0xff);
        command(0xf1);

        assertThat(listener.events()).isEmpty();
        assertThat(device.counters().unknownCommands()).isZero();
    }

    @Test
    void outputPort_writtenWithResetLow_asksForAReset() {
        command(WRITE_OUTPUT_PORT, 0xde);

        assertThat(listener.events()).containsExactly("reset");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1, 2, 3, 5, Integer.MAX_VALUE})
    void access_toARegisterThatDoesNotExist_isCounted(int register) {
        assertThat(device.read(register)).isEqualTo(0xff);
        device.write(register, 0x12);

        assertThat(device.pureRead(register)).isEqualTo(-1);
        assertThat(device.counters().invalidAccesses()).isEqualTo(2);
    }

    @Test
    void command_unknown_isCountedAndNotAnswered() {
        command(0x00);
        command(0xac);

        assertThat(drain()).isEmpty();
        assertThat(device.counters().unknownCommands()).isEqualTo(2);
    }

    @Test
    void powerOn_ofABusyDevice_isLikeANewOne() {
        I8042State fresh = device.state();
        enableMouse();
        toKeyboard(Ps2.KEYBOARD_SET_LEDS, 0x07);
        command(WRITE_OUTPUT_PORT, 0x01);
        type(A);
        device.pointerAbsolute(5, 5, 1, 0);

        device.powerOn();

        assertThat(device.state()).isEqualTo(fresh);
        assertThat(keyboardLine.asserted()).isFalse();
        assertThat(listener.events()).containsExactly("leds 7", "a20 false", "leds 0", "a20 true");
    }
}
