// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.ScanCodes.*;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What a keyboard has noticed and not sent yet.
 *
 * <p>It holds key events, not bytes, and takes a sequence apart only while it is sent. So a sequence is never cut, room is counted
 * in keys, and no byte has to be stored that the key does not imply.
 *
 * <p><b>No key gets stuck.</b> A press that finds no room is lost and told of by the overrun code, as a keyboard does, and its
 * release is then not sent either. The release of a key whose press was queued is never lost: without room it is <em>owed</em>,
 * and goes into the queue as soon as there is a place. {@link #down} are the keys that the host may take to be held, which only a
 * reset of the keyboard changes otherwise. A key of which a release is owed cannot be pressed again: the order would be lost.
 */
final class KeyQueue {
    /** Key events, the overrun code at the end included. */
    static final int CAPACITY = 64;
    /** Key events after which keys are lost. The place beyond is the overrun code's. */
    static final int LIMIT = CAPACITY - 1;

    private final short[] events = new short[CAPACITY];
    private final KeySet down = new KeySet();
    private final KeySet owed = new KeySet();
    private int size;
    private int position;
    private int printForm;

    private long accepted;
    private long lost;
    private long delayed;

    boolean isEmpty() {
        return size == 0;
    }

    boolean isDown(int key) {
        return down.contains(key);
    }

    boolean isOwed(int key) {
        return owed.contains(key);
    }

    /** Key events that surely find a place now. */
    int room() {
        return Math.max(0, LIMIT - size - owed.size());
    }

    /** Takes the press of a key, which is lost if there is no room. */
    void press(int key) {
        if (size >= LIMIT || owed.contains(key)) {
            overrun();
            return;
        }
        int form = form(key);
        if (key == PRINT) {
            printForm = form;
        }
        add(make(key, form));
        if (hasBreak(key)) {
            down.add(key);
        }
        accepted++;
    }

    /** Takes the repetition of a key that is held. It takes no place from other keys: the queue must be empty. */
    void repeat(int key) {
        // While it repeats, Print Screen sends its shift codes no more.
        add(make(key, key == PRINT && printForm == FORM_PLAIN ? FORM_MODIFIED : form(key)));
        accepted++;
    }

    /** Takes the release of a key that is down and not owed. */
    void release(int key, boolean scanning) {
        accepted++;
        if (scanning && size < LIMIT) {
            addBreak(key);
        } else {
            owed.add(key);
            delayed++;
        }
    }

    /** Sends what is owed as far as there is room. */
    void settle() {
        while (size < LIMIT && owed.first() >= 0) {
            addBreak(owed.first());
        }
    }

    private void addBreak(int key) {
        add(make(key, form(key)) | BREAK);
        owed.remove(key);
        down.remove(key);
        if (key == PRINT) {
            printForm = FORM_PLAIN;
        }
    }

    /** The form in which a key is sent now; a release is sent in that of its press. */
    private int form(int key) {
        boolean control = down.contains(LEFT_CONTROL) || down.contains(RIGHT_CONTROL);
        if (key == PAUSE) {
            return control ? FORM_MODIFIED : FORM_PLAIN;
        }
        if (key != PRINT) {
            return FORM_PLAIN;
        }
        if (down.contains(PRINT)) {
            return printForm;
        }
        if (down.contains(LEFT_ALT) || down.contains(RIGHT_ALT)) {
            return FORM_SYSTEM_REQUEST;
        }
        boolean shift = down.contains(LEFT_SHIFT) || down.contains(RIGHT_SHIFT);
        return control || shift ? FORM_MODIFIED : FORM_PLAIN;
    }

    private void add(int event) {
        events[size++] = (short) event;
    }

    private void overrun() {
        lost++;
        if (size < CAPACITY && (size == 0 || events[size - 1] != OVERRUN)) {
            add(OVERRUN);
        }
    }

    /** A press came while the keyboard did not listen. */
    void ignore() {
        lost++;
    }

    /** The next byte in set 2. The queue must not be empty. */
    int take() {
        int event = events[0];
        int code = (int) (sequence(event) >>> (position * Byte.SIZE)) & 0xff;
        position++;
        if (position == length(event)) {
            position = 0;
            size--;
            System.arraycopy(events, 1, events, 0, size);
            events[size] = 0;
            settle();
        }
        return code;
    }

    /** Forgets what waits. Releases among it are owed. */
    void discard() {
        for (int index = 0; index < size; index++) {
            int event = events[index];
            events[index] = 0;
            if ((event & BREAK) != 0) {
                down.add(event & 0xff);
                owed.add(event & 0xff);
                printForm = (event & 0xff) == PRINT ? event >> FORM_SHIFT : printForm;
                delayed++;
            } else {
                lost++;
            }
        }
        size = 0;
        position = 0;
    }

    /** Forgets everything: no key is down. */
    void clear() {
        discard();
        down.clear();
        owed.clear();
        printForm = FORM_PLAIN;
    }

    long accepted() {
        return accepted;
    }

    long lost() {
        return lost;
    }

    long delayed() {
        return delayed;
    }

    I8042State.Keys state() {
        List<Integer> queued = new ArrayList<>(size);
        for (int index = 0; index < size; index++) {
            queued.add((int) events[index]);
        }
        return new I8042State.Keys(queued, position, down.toBitSet(), owed.toBitSet(), printForm);
    }

    void save(MemorySegment segment) {
        I8042StateLayout.writeByte(segment, I8042StateLayout.KEY_COUNT_OFFSET, size);
        I8042StateLayout.writeByte(segment, I8042StateLayout.KEY_POSITION_OFFSET, position);
        I8042StateLayout.writeByte(segment, I8042StateLayout.PRINT_FORM_OFFSET, printForm);
        down.save(segment, I8042StateLayout.KEYS_DOWN_OFFSET);
        owed.save(segment, I8042StateLayout.KEYS_OWED_OFFSET);
        I8042StateLayout.writeShorts(segment, I8042StateLayout.KEY_EVENTS_OFFSET, events);
    }

    void restore(I8042State.Keys state) {
        size = 0;
        for (int index = 0; index < CAPACITY; index++) {
            events[index] = 0;
        }
        state.events().forEach(this::add);
        position = state.position();
        down.restore(state.down());
        owed.restore(state.owed());
        printForm = state.printForm();
    }
}
