// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.I8042Registers.CONTROL_AUX_INTERRUPT;
import static dev.umbra.shadowdevices.input.I8042Registers.CONTROL_KEYBOARD_DISABLED;
import static dev.umbra.shadowdevices.input.I8042Registers.CONTROL_KEYBOARD_INTERRUPT;

import dev.umbra.shadowdevices.InterruptLine;
import java.lang.foreign.MemorySegment;

/**
 * The output buffer of the controller, the place where the controller's own answer waits for it, and the interrupt lines, which
 * follow it.
 *
 * <p>A newer answer replaces one that still waits. What was read last stays readable.
 */
final class OutputBuffer {
    private final InterruptLine keyboardLine;
    private final InterruptLine auxLine;

    private boolean full;
    private boolean aux;
    private int data;
    private boolean answerPending;
    private boolean answerAux;
    private int answer;
    private boolean keyboardAsserted;
    private boolean auxAsserted;

    private long lostAnswers;

    OutputBuffer(InterruptLine keyboardLine, InterruptLine auxLine) {
        this.keyboardLine = keyboardLine;
        this.auxLine = auxLine;
    }

    boolean isFull() {
        return full;
    }

    /** Whether it holds a byte of the mouse. */
    boolean isAux() {
        return aux;
    }

    /** What it holds, or was read last. */
    int data() {
        return data;
    }

    void clear() {
        full = false;
        aux = false;
        data = 0;
        forgetAnswer();
        assertLines(false, false);
    }

    private void forgetAnswer() {
        answerPending = false;
        answerAux = false;
        answer = 0;
    }

    /** Takes the byte out; the lines fall. */
    int take() {
        full = false;
        aux = false;
        assertLines(false, false);
        return data;
    }

    /** Puts a byte in. The buffer must be empty. */
    void fill(int value, boolean fromAux) {
        full = true;
        aux = fromAux;
        data = value;
    }

    /** The controller itself has something to say. */
    void answer(int value, boolean asAux) {
        if (answerPending) {
            lostAnswers++;
        }
        answerPending = true;
        answerAux = asAux;
        answer = value;
    }

    void fillFromAnswer() {
        if (!full && answerPending) {
            fill(answer, answerAux);
            forgetAnswer();
        }
    }

    /** Sets the lines by content and control register. */
    void drive(int control) {
        assertLines(keyboardLevel(control), auxLevel(control));
    }

    private boolean keyboardLevel(int control) {
        return full
                && !aux
                && (control & (CONTROL_KEYBOARD_INTERRUPT | CONTROL_KEYBOARD_DISABLED)) == CONTROL_KEYBOARD_INTERRUPT;
    }

    private boolean auxLevel(int control) {
        return full && aux && (control & CONTROL_AUX_INTERRUPT) != 0;
    }

    private void assertLines(boolean keyboardLevel, boolean auxLevel) {
        if (keyboardLevel != keyboardAsserted) {
            keyboardAsserted = keyboardLevel;
            keyboardLine.set(keyboardLevel);
        }
        if (auxLevel != auxAsserted) {
            auxAsserted = auxLevel;
            auxLine.set(auxLevel);
        }
    }

    boolean upToDate(int control) {
        return keyboardAsserted == keyboardLevel(control) && auxAsserted == auxLevel(control);
    }

    boolean keyboardAsserted() {
        return keyboardAsserted;
    }

    boolean auxAsserted() {
        return auxAsserted;
    }

    long lostAnswers() {
        return lostAnswers;
    }

    I8042State.Output state() {
        return new I8042State.Output(full, aux, data, answerPending, answerAux, answer);
    }

    int flags() {
        return (full ? I8042StateLayout.FLAG_OUTPUT_FULL : 0)
                | (aux ? I8042StateLayout.FLAG_OUTPUT_AUX : 0)
                | (answerPending ? I8042StateLayout.FLAG_ANSWER_PENDING : 0)
                | (answerAux ? I8042StateLayout.FLAG_ANSWER_AUX : 0);
    }

    void save(MemorySegment segment) {
        I8042StateLayout.writeByte(segment, I8042StateLayout.OUTPUT_OFFSET, data);
        I8042StateLayout.writeByte(segment, I8042StateLayout.ANSWER_OFFSET, answer);
    }

    void restore(I8042State.Output state) {
        full = state.full();
        aux = state.aux();
        data = state.data();
        answerPending = state.answerPending();
        answerAux = state.answerAux();
        answer = state.answer();
    }
}
