// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.Ps2.*;

import java.lang.foreign.MemorySegment;

/**
 * A keyboard with 102 keys and more, on the PS/2 port of that name.
 *
 * <p>Answers go before keys. Between a command and its parameter no key is sent, so that a driver reads what it waits for. It
 * knows scan code sets 1 and 2 and refuses set 3, which nothing needs.
 *
 * <p><b>Repetition.</b> Who holds a key repeats it, by pressing it again; viewers do so at the rate their users are used to, and
 * stop when the key is released, however long the way is. The keyboard has no clock: the delay and rate that the host sets are
 * taken and have no effect. A repetition is sent only if everything before it has been read, so that a host that is slow sees no
 * flood afterwards.
 */
final class Keyboard {
    static final int NO_PARAMETER = 0;
    static final int FIRST_SCAN_CODE_SET = 1;
    static final int SECOND_SCAN_CODE_SET = 2;
    static final int LEDS_MASK = 0x07;

    private static final int FIRST_IDENTIFIER = 0xab;
    private static final int SECOND_IDENTIFIER = 0x83;
    private static final int ASK_SCAN_CODE_SET = 0;

    private final KeyQueue keys = new KeyQueue();
    private final Replies replies = new Replies();

    private int scanCodeSet = SECOND_SCAN_CODE_SET;
    private boolean scanning = true;
    private int leds;
    private int awaiting = NO_PARAMETER;
    private int lastByte;

    private long unknownKeys;
    private long skippedRepeats;
    private long unknownCommands;

    /** As after power-on. Nothing is sent. */
    void powerOn() {
        replies.clear();
        lastByte = 0;
        leds = 0;
        scanCodeSet = SECOND_SCAN_CODE_SET;
        keys.clear();
        setDefaults();
        scanning = true;
    }

    private void setDefaults() {
        awaiting = NO_PARAMETER;
        keys.discard();
    }

    void key(int number, boolean pressed) {
        if (!ScanCodes.isKey(number)) {
            unknownKeys++;
        } else if (pressed) {
            press(number);
        } else if (isHeld(number)) {
            keys.release(number, scanning);
        }
    }

    private void press(int number) {
        if (!scanning) {
            keys.ignore();
        } else if (!isHeld(number)) {
            keys.press(number);
        } else if (keys.isEmpty()) {
            keys.repeat(number);
        } else {
            skippedRepeats++;
        }
    }

    private boolean isHeld(int number) {
        return keys.isDown(number) && !keys.isOwed(number);
    }

    int room() {
        return scanning ? keys.room() : 0;
    }

    int leds() {
        return leds;
    }

    boolean ready() {
        return !replies.isEmpty() || awaiting == NO_PARAMETER && scanning && !keys.isEmpty();
    }

    /** The next byte for the controller. Must be {@link #ready}. */
    int take() {
        lastByte = replies.isEmpty() ? takeCode() : replies.take();
        return lastByte;
    }

    private int takeCode() {
        int code = keys.take();
        if (scanCodeSet == SECOND_SCAN_CODE_SET) {
            return code;
        }
        // A release prefix is never the last byte of a sequence.
        return code == ScanCodes.RELEASE_PREFIX
                ? ScanCodes.translate(keys.take(), true)
                : ScanCodes.translate(code, false);
    }

    /** Takes a byte from the controller. */
    void write(int value) {
        if (awaiting != NO_PARAMETER && value < KEYBOARD_FIRST_COMMAND) {
            int command = awaiting;
            awaiting = NO_PARAMETER;
            parameter(command, value);
        } else {
            replies.clear();
            awaiting = NO_PARAMETER;
            command(value);
        }
        if (scanning) {
            keys.settle();
        }
    }

    private void command(int command) {
        switch (command) {
            case KEYBOARD_SET_LEDS, KEYBOARD_SCAN_CODE_SET, SET_RATE -> {
                reply(ACKNOWLEDGE);
                awaiting = command;
            }
            case KEYBOARD_ECHO -> reply(KEYBOARD_ECHO);
            case IDENTIFY -> {
                reply(ACKNOWLEDGE);
                reply(FIRST_IDENTIFIER);
                reply(SECOND_IDENTIFIER);
            }
            case ENABLE -> {
                reply(ACKNOWLEDGE);
                scanning = true;
            }
            case DISABLE -> {
                reply(ACKNOWLEDGE);
                setDefaults();
                scanning = false;
            }
            case SET_DEFAULTS -> {
                reply(ACKNOWLEDGE);
                setDefaults();
                scanning = true;
            }
            case REQUEST_RESEND -> reply(lastByte);
            case RESET -> {
                powerOn();
                reply(ACKNOWLEDGE);
                reply(SELF_TEST_PASSED);
            }
            default -> {
                // Which keys repeat and tell of their release can be set with set 3 only; for the others the commands
                // do nothing.
                boolean withoutEffect = command >= KEYBOARD_ALL_REPEAT && command <= KEYBOARD_ALL_MAKE_BREAK_REPEAT;
                if (!withoutEffect) {
                    unknownCommands++;
                }
                reply(withoutEffect ? ACKNOWLEDGE : RESEND);
            }
        }
    }

    private void parameter(int command, int value) {
        switch (command) {
            case KEYBOARD_SET_LEDS -> {
                leds = value & LEDS_MASK;
                reply(ACKNOWLEDGE);
            }
            case SET_RATE -> reply(ACKNOWLEDGE);
            default -> selectScanCodeSet(value);
        }
    }

    private void selectScanCodeSet(int value) {
        switch (value) {
            case ASK_SCAN_CODE_SET -> {
                reply(ACKNOWLEDGE);
                reply(scanCodeSet);
            }
            case FIRST_SCAN_CODE_SET, SECOND_SCAN_CODE_SET -> {
                scanCodeSet = value;
                reply(ACKNOWLEDGE);
            }
            default -> {
                unknownCommands++;
                reply(RESEND);
            }
        }
    }

    /** There is room: a command and its parameters are answered by no more than five bytes. */
    private void reply(int value) {
        replies.offer(value);
    }

    KeyQueue keys() {
        return keys;
    }

    long unknownKeys() {
        return unknownKeys;
    }

    long skippedRepeats() {
        return skippedRepeats;
    }

    long unknownCommands() {
        return unknownCommands;
    }

    I8042State.KeyboardPart state() {
        return new I8042State.KeyboardPart(
                scanCodeSet,
                scanning,
                leds,
                awaiting,
                lastByte,
                new I8042State.Pending(replies.packed(), replies.size()),
                keys.state());
    }

    void save(MemorySegment segment) {
        I8042StateLayout.writeByte(segment, I8042StateLayout.SCAN_CODE_SET_OFFSET, scanCodeSet);
        I8042StateLayout.writeByte(
                segment, I8042StateLayout.KEYBOARD_FLAGS_OFFSET, scanning ? I8042StateLayout.FLAG_SCANNING : 0);
        I8042StateLayout.writeByte(segment, I8042StateLayout.LEDS_OFFSET, leds);
        I8042StateLayout.writeByte(segment, I8042StateLayout.KEYBOARD_AWAITING_OFFSET, awaiting);
        I8042StateLayout.writeByte(segment, I8042StateLayout.KEYBOARD_LAST_OFFSET, lastByte);
        I8042StateLayout.writeByte(segment, I8042StateLayout.KEYBOARD_REPLY_COUNT_OFFSET, replies.size());
        I8042StateLayout.writeLong(segment, I8042StateLayout.KEYBOARD_REPLIES_OFFSET, replies.packed());
        keys.save(segment);
    }

    void restore(I8042State.KeyboardPart state) {
        scanCodeSet = state.scanCodeSet();
        scanning = state.scanning();
        leds = state.leds();
        awaiting = state.awaiting();
        lastByte = state.lastByte();
        replies.restore(state.replies().packed(), state.replies().size());
        keys.restore(state.keys());
    }
}
