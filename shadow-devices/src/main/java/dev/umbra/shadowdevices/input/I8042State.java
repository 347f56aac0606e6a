// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.I8042Registers.*;
import static dev.umbra.shadowdevices.input.Ps2.*;

import dev.umbra.shadowdevices.DeviceStateException;
import dev.umbra.shadowdevices.DeviceStateException.Reason;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;

/**
 * Everything that decides how an {@link I8042} goes on from here: two devices with equal states behave alike.
 *
 * <p>It describes the controller and what is connected to it, not the classes that model them. Status, output port and interrupt
 * lines follow from it. The constructors refuse what these devices cannot be, so that a state, wherever it comes from, is safe to
 * restore. None of the parts shows in words what a tenant types or points at.
 */
public record I8042State(Controller controller, KeyboardPart keyboard, MousePart mouse, Pointer pointer) {

    /** Bytes of an encoded state. A multiple of eight. */
    public static final int SIZE = I8042StateLayout.SIZE;

    private static final int BYTE_MASK = 0xff;

    public I8042State {
        boolean full = controller.output().full();
        boolean keyboardEnabled = (controller.control() & CONTROL_KEYBOARD_DISABLED) == 0;
        boolean auxEnabled = (controller.control() & CONTROL_AUX_DISABLED) == 0;
        require(
                full || !keyboardEnabled || !keyboard.ready(),
                "empty output buffer with a byte of the keyboard waiting");
        require(full || !auxEnabled || !mouse.ready(), "empty output buffer with a byte of the mouse waiting");
    }

    /**
     * The controller.
     *
     * @param control the command byte, bits 0 to 6
     * @param awaiting the command whose parameter is to come, or 0
     * @param commandWritten the last write went to the command port
     * @param releasePrefix the translation has swallowed a release prefix
     * @param addressLine20 the gate is open
     */
    public record Controller(
            int control,
            int awaiting,
            boolean commandWritten,
            boolean releasePrefix,
            boolean addressLine20,
            Output output) {
        public Controller {
            requireBits("command byte", control, CONTROL_MASK);
            requireRange("controller command", awaiting == 0 || takesParameter(awaiting));
            require(awaiting == 0 || commandWritten, "parameter to come after it was written");
        }
    }

    /**
     * The output buffer, and the answer of the controller that waits for it.
     *
     * @param full it holds a byte not read yet
     * @param aux that byte is the mouse's
     * @param data the byte, or the one read last
     */
    public record Output(boolean full, boolean aux, int data, boolean answerPending, boolean answerAux, int answer) {
        public Output {
            requireBits("output buffer", data, BYTE_MASK);
            requireBits("answer", answer, BYTE_MASK);
            require(full || !aux, "mouse byte in an empty output buffer");
            require(full || !answerPending, "answer waiting for an empty output buffer");
            require(answerPending || answer == 0 && !answerAux, "answer that is not there");
        }

        @Override
        public String toString() {
            return "Output[full=" + full + ", aux=" + aux + ", answerPending=" + answerPending + "]";
        }
    }

    /** Bytes of a device that go before its others, the oldest lowest. */
    public record Pending(long packed, int size) {
        public Pending {
            requireRange("number of replies", size >= 0 && size <= Replies.CAPACITY);
            require(Replies.fits(packed, size), "more replies than their number");
        }

        @Override
        public String toString() {
            return "Pending[size=" + size + "]";
        }
    }

    /**
     * The keyboard.
     *
     * @param awaiting the command whose parameter is to come, or 0
     * @param lastByte what was sent last
     */
    public record KeyboardPart(
            int scanCodeSet, boolean scanning, int leds, int awaiting, int lastByte, Pending replies, Keys keys) {
        public KeyboardPart {
            requireRange("scan code set", scanCodeSet == 1 || scanCodeSet == 2);
            requireBits("lamps", leds, Keyboard.LEDS_MASK);
            requireRange(
                    "keyboard command",
                    switch (awaiting) {
                        case 0, KEYBOARD_SET_LEDS, KEYBOARD_SCAN_CODE_SET, SET_RATE -> true;
                        default -> false;
                    });
            requireBits("last byte of the keyboard", lastByte, BYTE_MASK);
            require(scanning || keys.events().isEmpty(), "keys waiting in a keyboard that is switched off");
            require(
                    !scanning || keys.owed().isEmpty() || keys.events().size() >= KeyQueue.LIMIT,
                    "release owed although there is room");
        }

        private boolean ready() {
            return replies.size() != 0 || awaiting == 0 && !keys.events().isEmpty();
        }

        @Override
        public String toString() {
            return "Keyboard[scanCodeSet=" + scanCodeSet + ", scanning=" + scanning + ", leds=" + leds + ", awaiting="
                    + awaiting + ", replies=" + replies.size() + ", keys=" + keys + "]";
        }
    }

    /**
     * The keys.
     *
     * @param events key events not sent yet, oldest first
     * @param position bytes of the oldest that are sent already
     * @param down keys that the host may take to be held
     * @param owed those of them that are not
     * @param printForm how Print Screen was pressed
     */
    public record Keys(List<Integer> events, int position, BitSet down, BitSet owed, int printForm) {
        public Keys {
            requireRange("number of key events", events.size() <= KeyQueue.CAPACITY);
            events = List.copyOf(events);
            down = (BitSet) down.clone();
            owed = (BitSet) owed.clone();
            events.forEach(event -> requireRange("key event", ScanCodes.isEvent(event)));
            int length = events.isEmpty() ? 1 : ScanCodes.length(events.getFirst());
            requireRange("bytes of a key sent", position >= 0 && position < length);
            down.stream().forEach(key -> requireRange("key", ScanCodes.isKey(key) && ScanCodes.hasBreak(key)));
            BitSet others = (BitSet) owed.clone();
            others.andNot(down);
            require(others.isEmpty(), "release owed of a key that is not down");
            requireRange("form of Print Screen", printForm >= 0 && printForm <= ScanCodes.FORM_SYSTEM_REQUEST);
            require(printForm == 0 || down.get(ScanCodes.PRINT), "form of a Print Screen that is not down");
        }

        @Override
        public BitSet down() {
            return (BitSet) down.clone();
        }

        @Override
        public BitSet owed() {
            return (BitSet) owed.clone();
        }

        @Override
        public String toString() {
            return "Keys[events=" + events.size() + "]";
        }
    }

    /**
     * The mouse.
     *
     * @param identifier 0 standard, 3 IntelliMouse, 4 Explorer
     * @param sampleRate the last one set; {@code previousRate} and {@code rateBefore} were set through the rate command before
     * @param awaiting the command whose parameter is to come, or 0
     * @param lastByte what was sent last
     * @param packets not sent yet, oldest first, the first byte of each lowest
     * @param position bytes of the oldest that are sent already
     */
    public record MousePart(
            int identifier,
            boolean enabled,
            boolean remote,
            boolean wrap,
            boolean scaled,
            int resolution,
            int sampleRate,
            int previousRate,
            int rateBefore,
            int awaiting,
            int lastByte,
            Pending replies,
            Counters movement,
            Held held,
            List<Integer> packets,
            int position) {
        public MousePart {
            int kind = identifier;
            requireRange(
                    "kind of mouse",
                    switch (kind) {
                        case Mouse.STANDARD, Mouse.INTELLIMOUSE, Mouse.EXPLORER -> true;
                        default -> false;
                    });
            requireRange("resolution", resolution >= 0 && resolution <= Mouse.MAXIMUM_RESOLUTION);
            requireRange("sample rate", isRate(sampleRate) && isRate(previousRate) && isRate(rateBefore));
            requireRange("mouse command", awaiting == 0 || awaiting == MOUSE_SET_RESOLUTION || awaiting == SET_RATE);
            requireBits("last byte of the mouse", lastByte, BYTE_MASK);
            requireRange("number of packets", packets.size() <= Mouse.PACKETS);
            packets = List.copyOf(packets);
            packets.forEach(packet -> requireRange("packet", Movement.isPacket(packet, kind)));
            int length = packets.isEmpty() ? 1 : Mouse.packetBytes(kind);
            requireRange("bytes of a packet sent", position >= 0 && position < length);
            boolean reporting = enabled && !remote && !wrap;
            require(reporting || packets.isEmpty(), "packets of a mouse that does not report");
            require(!wrap || awaiting == 0, "parameter to come in wrap mode");
            require(enabled || remote || movement.none(), "movement of a mouse that is switched off");
            require(kind != 0 || movement.wheel() == 0, "mouse without a wheel");
            boolean told = movement.none() && held.toldBy(kind);
            require(!reporting || packets.size() == Mouse.PACKETS || told, "change not told of");
        }

        private static boolean isRate(int rate) {
            return rate >= 0 && rate < MOUSE_FIRST_COMMAND;
        }

        private boolean ready() {
            return replies.size() != 0 || awaiting == 0 && !packets.isEmpty();
        }

        @Override
        public String toString() {
            return "Mouse[identifier=" + identifier + ", enabled=" + enabled + ", remote=" + remote + ", wrap=" + wrap
                    + ", packets=" + packets.size() + ", replies=" + replies.size() + "]";
        }
    }

    /** The movement counters, the vertical one upwards. */
    public record Counters(int x, int y, int wheel, boolean overflowX, boolean overflowY) {
        public Counters {
            requireRange("movement", fits(x) && fits(y) && fits(wheel));
        }

        private static boolean fits(int counter) {
            return Math.abs((long) counter) <= Movement.LIMIT;
        }

        private boolean none() {
            return (x | y | wheel) == 0 && !overflowX && !overflowY;
        }
    }

    /**
     * Buttons of the mouse, as bits of {@link PointerButtons}.
     *
     * @param buttons held now
     * @param queued as the last packet says
     * @param sent as the last packet that the host has read says
     */
    public record Held(int buttons, int queued, int sent) {
        public Held {
            requireBits("buttons", buttons | queued | sent, PointerButtons.ALL);
        }

        private boolean toldBy(int identifier) {
            boolean more = identifier == Mouse.EXPLORER;
            return (more ? buttons : buttons & PointerButtons.STANDARD) == queued;
        }
    }

    /**
     * The pointer behind the register call.
     *
     * @param x last position given, 0 to 65535, or -1
     * @param y likewise
     * @param words not read yet, oldest first
     */
    public record Pointer(VmwarePointer.Mode mode, int x, int y, List<Integer> words) {
        public Pointer {
            requireRange("position", isPosition(x) && isPosition(y));
            require((x == PointerInput.UNKNOWN) == (y == PointerInput.UNKNOWN), "half a position");
            requireRange("number of words", words.size() <= VmwarePointer.CAPACITY);
            words = List.copyOf(words);
            require(mode != VmwarePointer.Mode.DISABLED || words.isEmpty(), "words of a pointer that is switched off");
        }

        private static boolean isPosition(int coordinate) {
            return coordinate >= PointerInput.UNKNOWN && coordinate <= PointerInput.MAXIMUM;
        }

        @Override
        public String toString() {
            return "Pointer[mode=" + mode + ", words=" + words.size() + "]";
        }
    }

    /**
     * Reads an encoded state and checks every field of it.
     *
     * @param segment bytes of any origin, at least {@link #SIZE}; what follows is ignored
     * @throws DeviceStateException if it is not the state of an i8042 with its devices
     */
    public static I8042State decode(MemorySegment segment) {
        return I8042StateLayout.read(segment);
    }

    /**
     * Writes the state to the first {@link #SIZE} bytes, as {@link I8042#save} does.
     *
     * @throws IndexOutOfBoundsException if the segment is shorter
     */
    public void encode(MemorySegment segment) {
        I8042 device = new I8042(asserted -> {}, asserted -> {});
        device.restore(this);
        device.save(segment);
    }

    private static void requireBits(String field, int value, int allowed) {
        requireRange(field, (value & ~allowed) == 0);
    }

    private static void requireRange(String field, boolean inRange) {
        if (!inRange) {
            throw new DeviceStateException(Reason.OUT_OF_RANGE, field);
        }
    }

    private static void require(boolean condition, String contradiction) {
        if (!condition) {
            throw new DeviceStateException(Reason.CONTRADICTION, contradiction);
        }
    }
}
