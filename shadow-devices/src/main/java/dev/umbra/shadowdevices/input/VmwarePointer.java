// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * VMware's absolute pointer, as far as a pointer goes: a call by registers at port 0x5658, by which a driver reads where the
 * pointer is, so that it does not drift away from the viewer's own.
 *
 * <p>The guest executes {@code in eax, dx} with a magic number in EAX and a command in ECX, and finds the answer in the registers.
 * Events wait in a queue of words, four for each; that there are any, the PS/2 mouse tells with a packet of its own, for the call
 * has no interrupt. Reading more than there is, or nothing, is an error after which the driver must enable the pointer anew.
 *
 * <p>When the queue is full, a new event replaces the last one. So the driver ends up with the pointer and the buttons as they
 * are, whatever it missed in between, which is counted.
 */
public final class VmwarePointer {
    /** The port of the call. */
    public static final int PORT = 0x5658;

    static final int CAPACITY = 128;
    static final int EVENT_WORDS = 4;

    private static final int MAGIC = 0x564d5868;
    private static final int GET_VERSION = 10;
    private static final int POINTER_DATA = 39;
    private static final int POINTER_STATUS = 40;
    private static final int POINTER_COMMAND = 41;
    private static final int COMMAND_MASK = 0xffff;

    private static final int ENABLE = 0x45414552;
    private static final int DISABLE = 0xf5;
    private static final int REQUEST_RELATIVE = 0x4c455252;
    private static final int REQUEST_ABSOLUTE = 0x53424152;

    private static final int INTERFACE_VERSION = 6;
    private static final int PRODUCT_TYPE = 2;
    private static final int POINTER_VERSION = 0x3442554a;
    private static final int ERROR = 0xffff0000;
    private static final int REFUSED = -1;

    private static final int EVENT_RELATIVE = 0x0001_0000;
    private static final int EVENT_LEFT = 0x20;
    private static final int EVENT_RIGHT = 0x10;
    private static final int EVENT_MIDDLE = 0x08;

    /** What the driver has asked for. The order is that of the saved state. */
    enum Mode {
        /** Nothing; or it has made an error. */
        DISABLED,
        /** It has enabled the pointer and not yet said how it wants it. */
        ENABLED,
        RELATIVE,
        ABSOLUTE;

        private static final Mode[] ALL = values();

        static Mode of(int ordinal) {
            return ordinal < ALL.length ? ALL[ordinal] : null;
        }
    }

    /** The registers of a call, before or after it. */
    public record Registers(int eax, int ebx, int ecx, int edx) {}

    private final int[] words = new int[CAPACITY];
    private Mode mode = Mode.DISABLED;
    private int size;

    private long lostEvents;
    private long refusedCalls;

    VmwarePointer() {}

    void powerOn() {
        mode = Mode.DISABLED;
        clear();
    }

    private void clear() {
        for (int index = 0; index < size; index++) {
            words[index] = 0;
        }
        size = 0;
    }

    /**
     * The guest has read a doubleword from {@link #PORT} with the given registers.
     *
     * @return the registers as it finds them; EAX all ones if the call is not one of these
     */
    public Registers call(Registers registers) {
        if (registers.eax() != MAGIC) {
            return refuse(registers);
        }
        return switch (registers.ecx() & COMMAND_MASK) {
            case GET_VERSION -> new Registers(INTERFACE_VERSION, MAGIC, PRODUCT_TYPE, registers.edx());
            case POINTER_STATUS -> withAccumulator(registers, (mode == Mode.DISABLED ? ERROR : 0) | size);
            case POINTER_DATA -> data(registers);
            case POINTER_COMMAND -> command(registers);
            default -> refuse(registers);
        };
    }

    private static Registers withAccumulator(Registers registers, int value) {
        return new Registers(value, registers.ebx(), registers.ecx(), registers.edx());
    }

    private Registers refuse(Registers registers) {
        refusedCalls++;
        return withAccumulator(registers, REFUSED);
    }

    private Registers command(Registers registers) {
        switch (registers.ebx()) {
            case ENABLE -> {
                clear();
                words[size++] = POINTER_VERSION;
                mode = Mode.ENABLED;
            }
            case DISABLE -> powerOn();
            case REQUEST_RELATIVE -> request(Mode.RELATIVE);
            case REQUEST_ABSOLUTE -> request(Mode.ABSOLUTE);
            default -> {
                return refuse(registers);
            }
        }
        return registers;
    }

    private void request(Mode requested) {
        if (mode != Mode.DISABLED) {
            mode = requested;
        }
    }

    private Registers data(Registers registers) {
        int count = registers.ebx();
        if (count <= 0 || count > EVENT_WORDS || count > size) {
            powerOn();
            return refuse(registers);
        }
        Registers answer = new Registers(
                words[0],
                count > 1 ? words[1] : registers.ebx(),
                count > 2 ? words[2] : registers.ecx(),
                count > 3 ? words[3] : registers.edx());
        System.arraycopy(words, count, words, 0, size - count);
        for (int index = size - count; index < size; index++) {
            words[index] = 0;
        }
        size -= count;
        return answer;
    }

    /** Whether events go this way. */
    boolean isActive() {
        return mode == Mode.RELATIVE || mode == Mode.ABSOLUTE;
    }

    /** Whether the tenant's driver has asked for positions. */
    public boolean isAbsolute() {
        return mode == Mode.ABSOLUTE;
    }

    void movedTo(int x, int y, int wheel, int buttons) {
        add(0, x, y, wheel, buttons);
    }

    void movedBy(int right, int up, int wheel, int buttons) {
        add(EVENT_RELATIVE, right, up, wheel, buttons);
    }

    private void add(int kind, int x, int y, int wheel, int buttons) {
        if (size > CAPACITY - EVENT_WORDS) {
            size -= EVENT_WORDS;
            lostEvents++;
        }
        words[size++] = kind
                | ((buttons & PointerButtons.LEFT) != 0 ? EVENT_LEFT : 0)
                | ((buttons & PointerButtons.RIGHT) != 0 ? EVENT_RIGHT : 0)
                | ((buttons & PointerButtons.MIDDLE) != 0 ? EVENT_MIDDLE : 0);
        words[size++] = x;
        words[size++] = y;
        words[size++] = wheel;
    }

    long lostEvents() {
        return lostEvents;
    }

    long refusedCalls() {
        return refusedCalls;
    }

    I8042State.Pointer state(int x, int y) {
        List<Integer> queued = new ArrayList<>(size);
        for (int index = 0; index < size; index++) {
            queued.add(words[index]);
        }
        return new I8042State.Pointer(mode, x, y, queued);
    }

    void save(MemorySegment segment) {
        I8042StateLayout.writeByte(segment, I8042StateLayout.POINTER_MODE_OFFSET, mode.ordinal());
        I8042StateLayout.writeByte(segment, I8042StateLayout.WORD_COUNT_OFFSET, size);
        I8042StateLayout.writeInts(segment, I8042StateLayout.WORDS_OFFSET, words);
    }

    void restore(I8042State.Pointer state) {
        mode = state.mode();
        size = state.words().size();
        for (int index = 0; index < CAPACITY; index++) {
            words[index] = index < size ? state.words().get(index) : 0;
        }
    }
}
