// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.I8042Registers.*;
import static dev.umbra.shadowdevices.input.Ps2.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MouseTest extends I8042Test {
    private void knock(int first, int second, int third) {
        toMouse(SET_RATE, first, SET_RATE, second, SET_RATE, third);
        drain();
    }

    private void enableExplorer() {
        knock(200, 200, 80);
        enableMouse();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0, 0, 0x08, 0x01, 0x00",
        "-1, 0, 0, 0x18, 0xff, 0x00",
        "0, 1, 0, 0x28, 0x00, 0xff",
        "0, -1, 0, 0x08, 0x00, 0x01",
        "255, -255, 0, 0x08, 0xff, 0xff",
        "-255, 255, 7, 0x3f, 0x01, 0x01",
        "0, 0, 1, 0x09, 0x00, 0x00",
        "0, 0, 2, 0x0a, 0x00, 0x00",
        "0, 0, 4, 0x0c, 0x00, 0x00"
    })
    void packet_ofAMovement_hasSignsAndButtons(int dx, int dy, int buttons, int first, int second, int third) {
        enableMouse();

        device.pointerMotion(dx, dy, 0, buttons);

        expect(first, second, third);
    }

    @Test
    void packet_ofNothingNew_isNotSent() {
        enableMouse();

        device.pointerMotion(0, 0, 0, 0);
        device.pointerMotion(0, 0, 3, PointerButtons.FOURTH);

        assertThat(drain())
                .as("a standard mouse has no wheel and three buttons")
                .isEmpty();
    }

    @Test
    void movement_largerThanAPacket_isSplit() {
        enableMouse();

        device.pointerMotion(300, -600, 0, 1);

        expect(0x09, 0xff, 0xff, 0x09, 0x2d, 0xff, 0x09, 0x00, 0x5a);
    }

    @Test
    void movement_withoutRoom_goesOnInTheCountersAndOverflows() {
        enableMouse();
        for (int count = 0; count < 200; count++) {
            device.pointerMotion(10, 0, 0, 0);
        }

        List<Integer> bytes = drain();

        assertThat(bytes).hasSize(3 * (Mouse.PACKETS + 1));
        assertThat(bytes.subList(bytes.size() - 3, bytes.size())).containsExactly(0x48, 0xff, 0x00);
        assertThat(device.counters().lostPointerEvents()).isPositive();
    }

    @Test
    void buttons_withoutRoom_endUpAsTheyAre() {
        enableMouse();
        for (int count = 0; count < 100; count++) {
            device.pointerMotion(1, 0, 0, count & 1);
        }
        device.pointerMotion(0, 0, 0, PointerButtons.MIDDLE);

        List<Integer> bytes = drain();

        assertThat(bytes.get(bytes.size() - 3) & 7).isEqualTo(PointerButtons.MIDDLE);
    }

    @Test
    void disabled_mouseSaysNothingAndForgetsMovement() {
        device.pointerMotion(5, 5, 0, 0);
        enableMouse();

        assertThat(drain()).isEmpty();
    }

    @Test
    void enabled_withAButtonHeld_saysSo() {
        device.pointerMotion(0, 0, 0, PointerButtons.RIGHT);

        toMouse(ENABLE);

        expect(ACKNOWLEDGE, 0x0a, 0, 0);
    }

    @ParameterizedTest
    @CsvSource({"200, 100, 80, 3", "200, 200, 80, 4", "100, 200, 80, 0", "200, 80, 100, 0", "200, 60, 80, 0"})
    void knock_withThreeRates_makesTheKind(int first, int second, int third, int kind) {
        knock(first, second, third);

        toMouse(IDENTIFY);

        expect(ACKNOWLEDGE, kind);
    }

    @Test
    void reset_makesItAStandardMouse() {
        enableExplorer();

        toMouse(RESET, IDENTIFY);

        assertThat(drain()).endsWith(ACKNOWLEDGE, 0x00);
    }

    @Test
    void explorer_wheelAndButtons_shareTheFourthByte() {
        enableExplorer();

        device.pointerMotion(0, 0, -1, PointerButtons.FOURTH);
        device.pointerMotion(0, 0, 9, PointerButtons.FIFTH);

        expect(0x08, 0, 0, 0x1f, 0x08, 0, 0, 0x27, 0x08, 0, 0, 0x22);
    }

    @Test
    void intelliMouse_wheel_isAFourthByte() {
        knock(200, 100, 80);
        enableMouse();

        device.pointerMotion(0, 0, -2, PointerButtons.FOURTH);

        expect(0x08, 0, 0, 0xfe);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "2, 1", "3, 3", "4, 6", "5, 9", "6, 12", "100, 200"})
    void scaling_twoToOne_scalesMovement(int counts, int scaled) {
        toMouse(MOUSE_SCALING_2_TO_1);
        drain();
        enableMouse();

        device.pointerMotion(counts, 0, 0, 1);

        expect(0x09, scaled, 0);
    }

    @Test
    void statusRequest_showsModesButtonsResolutionAndRate() {
        toMouse(MOUSE_SET_RESOLUTION, 3, SET_RATE, 40, MOUSE_SCALING_2_TO_1, ENABLE, MOUSE_REMOTE_MODE);
        drain();
        device.pointerMotion(0, 0, 0, PointerButtons.LEFT | PointerButtons.MIDDLE);

        toMouse(MOUSE_STATUS_REQUEST);

        expect(ACKNOWLEDGE, 0x76, 3, 40);
    }

    @Test
    void defaults_undoSettings() {
        toMouse(
                MOUSE_SET_RESOLUTION,
                0,
                SET_RATE,
                10,
                MOUSE_SCALING_2_TO_1,
                ENABLE,
                SET_DEFAULTS,
                MOUSE_STATUS_REQUEST);

        assertThat(drain()).endsWith(ACKNOWLEDGE, 0x00, 2, 100);
    }

    @Test
    void remoteMode_sendsOnRequestOnly() {
        toMouse(MOUSE_REMOTE_MODE, ENABLE);
        drain();
        device.pointerMotion(300, 1, 0, PointerButtons.LEFT);
        assertThat(drain()).isEmpty();

        toMouse(MOUSE_READ_DATA);
        expect(ACKNOWLEDGE, 0x69, 0xff, 0xff);
        toMouse(MOUSE_READ_DATA);

        expect(ACKNOWLEDGE, 0x09, 0, 0);
    }

    @Test
    void wrapMode_echoesUntilItEnds() {
        toMouse(MOUSE_WRAP_MODE);
        expect(ACKNOWLEDGE);
        toMouse(ENABLE);
        expect(ENABLE);
        toMouse(0x12);
        expect(0x12);

        toMouse(MOUSE_RESET_WRAP_MODE);

        expect(ACKNOWLEDGE);
    }

    @Test
    void command_withPacketsWaiting_throwsThemAway() {
        enableMouse();
        device.pointerMotion(1, 0, 0, 0);
        device.pointerMotion(2, 0, 0, 0);

        toMouse(DISABLE);

        expect(0x08, ACKNOWLEDGE);
    }

    @Test
    void command_unknown_isRefused() {
        toMouse(0xe1);
        expect(RESEND);
        toMouse(MOUSE_SET_RESOLUTION, 4);

        expect(ACKNOWLEDGE, RESEND);
        assertThat(device.counters().unknownCommands()).isEqualTo(2);
    }

    @Test
    void resend_repeatsTheLastByte() {
        toMouse(IDENTIFY);
        expect(ACKNOWLEDGE, 0);

        toMouse(REQUEST_RESEND);

        expect(0);
    }

    @Test
    void interrupt_forEachByte_isAnEdgeOfItsOwn() {
        enableMouse();
        int before = auxLine.risingEdges();

        device.pointerMotion(1, 1, 0, 0);
        drain();

        assertThat(auxLine.risingEdges() - before).isEqualTo(3);
        assertThat(keyboardLine.risingEdges()).isZero();
    }

    @Test
    void position_forATenantThatTakesMovement_becomesMovement() {
        enableMouse();
        device.pointerAbsolute(0, 0, 0, 0);

        device.pointerAbsolute(640, 854, 0, PointerButtons.LEFT);
        device.pointerAbsolute(0, 0, 0, 0);

        expect(0x29, 10, 0xf6, 0x18, 0xf6, 10);
    }
}
