// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.I8042Registers.*;
import static dev.umbra.shadowdevices.input.Ps2.*;
import static dev.umbra.shadowdevices.input.ScanCodes.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyboardTest extends I8042Test {

    private String hex() {
        return drain().stream()
                .map(value -> HexFormat.of().toHexDigits(value, 2))
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource({
        "0x1e, 1c f0 1c, 1e 9e",
        "0x01, 76 f0 76, 01 81",
        "0x41, 83 f0 83, 41 c1",
        "0x54, 84 f0 84, 54 d4",
        "0x56, 61 f0 61, 56 d6",
        "0x73, 51 f0 51, 73 f3",
        "0x7d, 6a f0 6a, 7d fd",
        "0x9d, e0 14 e0 f0 14, e0 1d e0 9d",
        "0xb8, e0 11 e0 f0 11, e0 38 e0 b8",
        "0xc8, e0 75 e0 f0 75, e0 48 e0 c8",
        "0xdb, e0 1f e0 f0 1f, e0 5b e0 db",
        "0xb7, e0 12 e0 7c e0 f0 7c e0 f0 12, e0 2a e0 37 e0 b7 e0 aa",
        "0xc6, e1 14 77 e1 f0 14 f0 77, e1 1d 45 e1 9d c5",
        "0x72, f2, f2",
        "0x71, f1, f1"
    })
    void key_pressedAndReleased_givesTheCodesOfEachSet(int key, String setTwo, String setOne) {
        type(key);
        assertThat(hex()).isEqualTo(setTwo);

        translate();
        type(key);
        assertThat(hex()).as("translated").isEqualTo(setOne);

        command(WRITE_CONTROL, 0);
        toKeyboard(KEYBOARD_SCAN_CODE_SET, 1);
        expect(ACKNOWLEDGE, ACKNOWLEDGE);
        type(key);
        assertThat(hex()).as("set 1 of the keyboard").isEqualTo(setOne);
    }

    @ParameterizedTest
    @CsvSource({
        "0x38, 0xb7, 54 d4",
        "0xb8, 0xb7, 54 d4",
        "0x2a, 0xb7, e0 37 e0 b7",
        "0x1d, 0xb7, e0 37 e0 b7",
        "0x1d, 0xc6, e0 46 e0 c6",
        "0x2a, 0xc6, e1 1d 45 e1 9d c5"
    })
    void printAndPause_withAModifier_giveOtherCodes(int modifier, int key, String codes) {
        translate();
        device.key(modifier, true);
        drain();

        type(key);

        assertThat(hex()).isEqualTo(codes);
    }

    @Test
    void print_releasedAfterItsModifier_isReleasedAsItWasPressed() {
        translate();
        device.key(LEFT_ALT, true);
        device.key(PRINT, true);
        device.key(LEFT_ALT, false);
        device.key(PRINT, false);

        assertThat(hex()).isEqualTo("38 54 b8 d4");
    }

    @Test
    void everyKey_inSetOne_hasItsNumberAsCode() {
        translate();
        for (int key = 1; key < KEYS; key++) {
            if (isKey(key) && hasBreak(key) && key != PRINT) {
                device.key(key, true);
                List<Integer> codes = drain();
                assertThat(codes.getLast()).isEqualTo(key & 0x7f);
                assertThat(codes.size()).isEqualTo(key > 0x7f ? 2 : 1);
                device.key(key, false);
                assertThat(drain().getLast()).isEqualTo(key | 0x80);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 0x80, 0x100, Integer.MIN_VALUE})
    void key_thatDoesNotExist_isCounted(int key) {
        device.key(key, true);
        device.key(key, false);

        assertThat(drain()).isEmpty();
        assertThat(device.counters().unknownKeys()).isEqualTo(2);
    }

    @Test
    void thirtyKeys_heldAtOnce_areAllSent() {
        translate();
        for (int key = 0x10; key < 0x10 + 30; key++) {
            device.key(key, true);
        }
        for (int key = 0x10; key < 0x10 + 30; key++) {
            device.key(key, false);
        }

        List<Integer> codes = drain();

        assertThat(codes).hasSize(60);
        assertThat(codes.subList(0, 30)).isSorted().doesNotHaveDuplicates();
        assertThat(codes.subList(30, 60)).isSorted().startsWith(0x90);
    }

    @Test
    void queue_overrun_tellsSoOnceAndSendsEveryReleaseOfWhatWasPressed() {
        command(DISABLE_KEYBOARD);
        for (int key = 1; key <= 0x50; key++) {
            device.key(key, true);
        }
        assertThat(device.keyRoom()).isZero();
        for (int key = 1; key <= 0x50; key++) {
            device.key(key, false);
        }
        translate();

        List<Integer> codes = drain();

        assertThat(codes).hasSize(2 * KeyQueue.LIMIT + 1);
        assertThat(codes.get(KeyQueue.LIMIT)).isEqualTo(0xff);
        assertThat(codes.subList(KeyQueue.LIMIT + 1, codes.size()))
                .startsWith(0x81, 0x82)
                .endsWith(0xbf);
        assertThat(device.counters().lostKeys()).isEqualTo(0x50 - KeyQueue.LIMIT);
        assertThat(device.counters().delayedReleases()).isEqualTo(KeyQueue.LIMIT);
        assertThat(device.keyRoom()).isEqualTo(KeyQueue.LIMIT);
    }

    @Test
    void queue_overrunUntranslated_tellsSoWithZero() {
        command(DISABLE_KEYBOARD);
        for (int key = 1; key <= 0x50; key++) {
            device.key(key, true);
        }
        command(ENABLE_KEYBOARD);

        assertThat(drain().getLast()).isZero();
    }

    @Test
    void key_ofWhichTheReleaseIsOwed_cannotBePressed() {
        command(DISABLE_KEYBOARD);
        for (int key = 1; key <= KeyQueue.LIMIT; key++) {
            device.key(key, true);
        }
        device.key(A, false);
        device.key(A, true);
        device.key(A, false);
        translate();

        assertThat(drain()).containsOnlyOnce(A | 0x80);
    }

    @Test
    void keyRoom_keysThatFit_areNotLost() {
        command(DISABLE_KEYBOARD);
        for (int room = device.keyRoom(); room >= 2; room = device.keyRoom()) {
            type(PRINT);
        }

        assertThat(device.counters().lostKeys()).isZero();
        assertThat(device.counters().delayedReleases()).isZero();
    }

    @Test
    void commands_beforeTheirParameter_holdKeysBack() {
        toKeyboard(KEYBOARD_SET_LEDS);
        type(A);
        expect(ACKNOWLEDGE);

        toKeyboard(0x05);

        expect(ACKNOWLEDGE, 0x1c, 0xf0, 0x1c);
        assertThat(device.leds()).isEqualTo(5);
        assertThat(listener.events()).containsExactly("leds 5");
    }

    @Test
    void command_insteadOfAParameter_isACommand() {
        toKeyboard(KEYBOARD_SET_LEDS, KEYBOARD_ECHO);

        expect(ACKNOWLEDGE, KEYBOARD_ECHO);
        assertThat(listener.events()).isEmpty();
    }

    @Test
    void answer_duringASequence_goesBeforeTheRest() {
        type(0xcb);
        assertThat(device.read(DATA)).isEqualTo(0xe0);

        toKeyboard(KEYBOARD_ECHO);

        expect(0x6b, KEYBOARD_ECHO, 0xe0, 0xf0, 0x6b);
    }

    @Test
    void answer_duringATranslatedRelease_doesNotLoseTheRelease() {
        translate();
        type(A);
        assertThat(device.read(DATA)).isEqualTo(0x1e);

        toKeyboard(KEYBOARD_ECHO);

        expect(0x9e, KEYBOARD_ECHO);
    }

    @Test
    void scanCodeSet_selectedAndAsked_answers() {
        toKeyboard(KEYBOARD_SCAN_CODE_SET, 0);
        expect(ACKNOWLEDGE, ACKNOWLEDGE, 2);
        toKeyboard(KEYBOARD_SCAN_CODE_SET, 1);
        expect(ACKNOWLEDGE, ACKNOWLEDGE);
        toKeyboard(KEYBOARD_SCAN_CODE_SET, 0);
        expect(ACKNOWLEDGE, ACKNOWLEDGE, 1);

        toKeyboard(KEYBOARD_SCAN_CODE_SET, 3);

        expect(ACKNOWLEDGE, RESEND);
        translate();
        toKeyboard(KEYBOARD_SCAN_CODE_SET, 2, KEYBOARD_SCAN_CODE_SET, 0);
        assertThat(drain()).as("translated as well").endsWith(0x41);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x00, 0x12, 0xef, 0xf1, 0xfb, 0xfc, 0xfd})
    void command_unknown_isRefused(int command) {
        toKeyboard(command);

        expect(RESEND);
        assertThat(device.counters().unknownCommands()).isEqualTo(1);
    }

    @Test
    void resend_repeatsTheLastByte() {
        device.key(A, true);
        expect(0x1c);

        toKeyboard(REQUEST_RESEND);

        expect(0x1c);
    }

    @Test
    void disabled_keyboardIgnoresKeysAndOwesReleases() {
        device.key(A, true);
        drain();
        toKeyboard(DISABLE);
        expect(ACKNOWLEDGE);
        device.key(A, false);
        device.key(0x30, true);
        assertThat(drain()).isEmpty();
        assertThat(device.keyRoom()).isZero();

        toKeyboard(ENABLE);

        expect(ACKNOWLEDGE, 0xf0, 0x1c);
    }

    @Test
    void reset_releasesEverythingWithoutAWord() {
        device.key(A, true);
        toKeyboard(KEYBOARD_SET_LEDS, 2, DISABLE);

        toKeyboard(RESET);

        assertThat(drain()).endsWith(ACKNOWLEDGE, Ps2.SELF_TEST_PASSED);
        assertThat(device.leds()).isZero();
        device.key(A, false);
        assertThat(drain()).isEmpty();
    }

    @Test
    void repetition_withoutAReader_doesNotPileUp() {
        device.key(A, true);
        type(0x30);
        device.key(A, false);
        device.key(A, true);

        device.key(A, true);
        device.key(A, true);

        expect(0x1c, 0x32, 0xf0, 0x32, 0xf0, 0x1c, 0x1c);
        assertThat(device.counters().skippedRepeats()).isEqualTo(2);
    }

    @Test
    void repetition_ofAHeldKey_sendsItAgainWhateverTheRate() {
        toKeyboard(SET_RATE, 0x7f);
        expect(ACKNOWLEDGE, ACKNOWLEDGE);
        device.key(A, true);
        expect(0x1c);

        device.key(A, true);

        expect(0x1c);
        device.key(A, false);
        expect(0xf0, 0x1c);
    }

    @Test
    void print_repeated_sendsNoShiftCodes() {
        device.key(PRINT, true);
        drain();

        device.key(PRINT, true);
        device.key(PRINT, false);

        assertThat(hex()).isEqualTo("e0 7c e0 f0 7c e0 f0 12");
    }
}
