// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/** State of a task, as {@code /proc} shows it; {@code get_task_state} in {@code fs/proc/array.c}. */
public enum TaskState {
    RUNNING('R'),
    SLEEPING('S'),
    DISK_SLEEP('D'),
    STOPPED('T'),
    TRACING_STOP('t'),
    DEAD('X'),
    ZOMBIE('Z'),
    PARKED('P'),
    IDLE('I'),
    /** Nothing the kernel would write. */
    UNKNOWN('?');

    private static final TaskState[] REPORTED = {
        RUNNING, SLEEPING, DISK_SLEEP, STOPPED, TRACING_STOP, DEAD, ZOMBIE, PARKED
    };
    private static final int REPORT_MASK = 0x7f;
    private static final int UNINTERRUPTIBLE = 0x2;
    private static final int NO_LOAD = 0x400;
    private static final int REAL_TIME_LOCK_WAIT = 0x1000;
    private static final int FROZEN = 0x8000;
    private static final int IDLE_BITS = UNINTERRUPTIBLE | NO_LOAD;

    private final char letter;

    TaskState(char letter) {
        this.letter = letter;
    }

    /** The letter in {@code /proc/PID/stat}. */
    public char letter() {
        return letter;
    }

    /** From {@code task_struct.__state} and {@code exit_state}, after {@code __task_state_index} in {@code linux/sched.h}. */
    static TaskState of(int state, int exitState) {
        if ((state & IDLE_BITS) == IDLE_BITS) {
            return IDLE;
        }
        if ((state & (REAL_TIME_LOCK_WAIT | FROZEN)) != 0) {
            return DISK_SLEEP;
        }
        int index = Integer.SIZE - Integer.numberOfLeadingZeros((state | exitState) & REPORT_MASK);
        return index < REPORTED.length ? REPORTED[index] : UNKNOWN;
    }
}
