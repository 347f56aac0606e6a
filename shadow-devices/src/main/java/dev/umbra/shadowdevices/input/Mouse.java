// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.input;

import static dev.umbra.shadowdevices.input.Ps2.*;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A mouse on the auxiliary port: a standard PS/2 mouse that becomes an IntelliMouse or an IntelliMouse Explorer when it is asked
 * in the agreed way, by a series of three sample rates.
 *
 * <p>While it reports by itself, each change becomes a packet as long as there is room for whole packets; without room, movement
 * goes on in the counters and a change of the buttons waits for the next packet, so that the last one always shows what is held
 * now. A button pressed and released in between is not seen, and counted. A command throws away what was not read, as the
 * hardware does.
 *
 * <p>Resolution and sample rate are kept and shown, but packets leave as fast as they are read.
 */
final class Mouse {
    static final int STANDARD = 0;
    static final int INTELLIMOUSE = 3;
    static final int EXPLORER = 4;

    static final int PACKETS = 16;
    static final int NO_PARAMETER = 0;
    static final int MAXIMUM_RESOLUTION = 3;
    static final int DEFAULT_RESOLUTION = 2;
    static final int DEFAULT_SAMPLE_RATE = 100;

    private static final int STANDARD_PACKET_BYTES = 3;
    private static final int WHEEL_PACKET_BYTES = 4;

    private static final int KNOCK_FIRST = 200;
    private static final int KNOCK_INTELLIMOUSE = 100;
    private static final int KNOCK_EXPLORER = 200;
    private static final int KNOCK_LAST = 80;

    private static final int STATUS_REMOTE = 0x40;
    private static final int STATUS_ENABLED = 0x20;
    private static final int STATUS_SCALED = 0x10;

    private final Replies replies = new Replies();
    private final Movement movement = new Movement();
    private final int[] packets = new int[PACKETS];

    private int identifier = STANDARD;
    private int packetCount;
    private int position;
    private boolean enabled;
    private boolean remote;
    private boolean wrap;
    private boolean scaled;
    private int resolution = DEFAULT_RESOLUTION;
    private int sampleRate = DEFAULT_SAMPLE_RATE;
    private int previousRate;
    private int rateBefore;
    private int awaiting = NO_PARAMETER;
    private int lastByte;
    private int buttons;
    private int queuedButtons;
    private int sentButtons;

    private long lostChanges;
    private long unknownCommands;
    private long lostReplies;

    /** As after power-on. Nothing is sent; buttons that are held stay so. */
    void powerOn() {
        identifier = STANDARD;
        lastByte = 0;
        previousRate = 0;
        rateBefore = 0;
        wrap = false;
        replies.clear();
        setDefaults();
        sentButtons = 0;
        queuedButtons = 0;
    }

    private void setDefaults() {
        enabled = false;
        remote = false;
        scaled = false;
        resolution = DEFAULT_RESOLUTION;
        sampleRate = DEFAULT_SAMPLE_RATE;
        awaiting = NO_PARAMETER;
        discard();
    }

    private void discard() {
        for (int index = 0; index < packetCount; index++) {
            packets[index] = 0;
        }
        lostChanges += packetCount;
        packetCount = 0;
        position = 0;
        queuedButtons = sentButtons;
        movement.clear();
    }

    /**
     * The mouse has been moved.
     *
     * @param right counts to the right
     * @param up counts away from the user
     * @param down steps of the wheel towards the user
     * @param held bits of {@link PointerButtons}
     */
    void move(int right, int up, int down, int held) {
        if (enabled || remote) {
            movement.add(right, up, down);
        }
        press(held);
        report();
    }

    /** Makes sure that the host gets a packet to read, without movement and with no button held. */
    void ring() {
        press(0);
        report();
        if (reporting() && packetCount == 0) {
            addPacket();
        }
    }

    private void press(int held) {
        if (reporting()
                && packetCount == PACKETS
                && buttons != queuedButtons
                && buttons != (held & PointerButtons.ALL)) {
            lostChanges++;
        }
        buttons = held & PointerButtons.ALL;
    }

    private void report() {
        if (identifier == STANDARD) {
            movement.withoutWheel();
        }
        while (reporting() && packetCount < PACKETS && (movement.any() || visible(buttons) != queuedButtons)) {
            addPacket();
        }
        movement.limit();
    }

    private void addPacket() {
        queuedButtons = visible(buttons);
        packets[packetCount++] = movement.take(identifier, queuedButtons, scaled);
    }

    private int visible(int held) {
        return identifier == EXPLORER ? held : held & PointerButtons.STANDARD;
    }

    private boolean reporting() {
        return enabled && !remote && !wrap;
    }

    boolean ready() {
        return !replies.isEmpty() || awaiting == NO_PARAMETER && packetCount != 0;
    }

    /** The next byte for the controller. Must be {@link #ready}. */
    int take() {
        if (!replies.isEmpty()) {
            lastByte = replies.take();
            return lastByte;
        }
        lastByte = packets[0] >>> (position * Byte.SIZE) & 0xff;
        position++;
        if (position == packetBytes(identifier)) {
            sentButtons = buttonsOf(packets[0], identifier);
            position = 0;
            packetCount--;
            System.arraycopy(packets, 1, packets, 0, packetCount);
            packets[packetCount] = 0;
            report();
        }
        return lastByte;
    }

    static int packetBytes(int identifier) {
        return identifier == STANDARD ? STANDARD_PACKET_BYTES : WHEEL_PACKET_BYTES;
    }

    static int buttonsOf(int packet, int identifier) {
        int more = identifier == EXPLORER ? packet >>> 25 & PointerButtons.MORE : 0;
        return packet & PointerButtons.STANDARD | more;
    }

    /** Takes a byte from the controller. */
    void write(int value) {
        if (wrap && value != MOUSE_RESET_WRAP_MODE && value != RESET) {
            reply(value);
        } else if (awaiting != NO_PARAMETER && value < MOUSE_FIRST_COMMAND) {
            int command = awaiting;
            awaiting = NO_PARAMETER;
            parameter(command, value);
        } else {
            replies.clear();
            awaiting = NO_PARAMETER;
            if (value == REQUEST_RESEND) {
                reply(lastByte);
            } else {
                command(value);
            }
        }
        report();
    }

    private void command(int command) {
        int packet = command == MOUSE_READ_DATA ? movement.take(identifier, visible(buttons), false) : 0;
        discard();
        switch (command) {
            case MOUSE_SCALING_1_TO_1, MOUSE_SCALING_2_TO_1 -> scaled = command == MOUSE_SCALING_2_TO_1;
            case MOUSE_SET_RESOLUTION, SET_RATE -> awaiting = command;
            case MOUSE_STREAM_MODE, MOUSE_REMOTE_MODE -> remote = command == MOUSE_REMOTE_MODE;
            case MOUSE_WRAP_MODE, MOUSE_RESET_WRAP_MODE -> wrap = command == MOUSE_WRAP_MODE;
            case ENABLE, DISABLE -> enabled = command == ENABLE;
            case SET_DEFAULTS -> setDefaults();
            case RESET -> powerOn();
            case MOUSE_STATUS_REQUEST, MOUSE_READ_DATA, IDENTIFY -> {}
            default -> {
                unknownCommands++;
                reply(RESEND);
                return;
            }
        }
        reply(ACKNOWLEDGE);
        switch (command) {
            case MOUSE_STATUS_REQUEST -> {
                reply(status());
                reply(resolution);
                reply(sampleRate);
            }
            case MOUSE_READ_DATA -> {
                for (int index = 0; index < packetBytes(identifier); index++) {
                    reply(packet >>> (index * Byte.SIZE) & 0xff);
                }
                sentButtons = visible(buttons);
                queuedButtons = sentButtons;
            }
            case IDENTIFY -> reply(identifier);
            case RESET -> {
                reply(SELF_TEST_PASSED);
                reply(identifier);
            }
            default -> {}
        }
    }

    private int status() {
        int held = (buttons & PointerButtons.LEFT) << 2
                | (buttons & PointerButtons.MIDDLE) >> 1
                | (buttons & PointerButtons.RIGHT) >> 1;
        return held | (remote ? STATUS_REMOTE : 0) | (enabled ? STATUS_ENABLED : 0) | (scaled ? STATUS_SCALED : 0);
    }

    private void parameter(int command, int value) {
        if (command == SET_RATE) {
            setSampleRate(value);
        } else if (value <= MAXIMUM_RESOLUTION) {
            resolution = value;
        } else {
            unknownCommands++;
            reply(RESEND);
            return;
        }
        reply(ACKNOWLEDGE);
    }

    private void setSampleRate(int value) {
        if (value == KNOCK_LAST && rateBefore == KNOCK_FIRST) {
            identifier = switch (previousRate) {
                case KNOCK_INTELLIMOUSE -> INTELLIMOUSE;
                case KNOCK_EXPLORER -> EXPLORER;
                default -> identifier;
            };
            // What came since the command has the form of the former kind.
            discard();
        }
        rateBefore = previousRate;
        previousRate = value;
        sampleRate = value;
    }

    private void reply(int value) {
        if (!replies.offer(value)) {
            lostReplies++;
        }
    }

    long lostChanges() {
        return lostChanges + movement.cutOff();
    }

    long unknownCommands() {
        return unknownCommands;
    }

    long lostReplies() {
        return lostReplies;
    }

    I8042State.MousePart state() {
        List<Integer> queued = new ArrayList<>(packetCount);
        for (int index = 0; index < packetCount; index++) {
            queued.add(packets[index]);
        }
        return new I8042State.MousePart(
                identifier,
                enabled,
                remote,
                wrap,
                scaled,
                resolution,
                sampleRate,
                previousRate,
                rateBefore,
                awaiting,
                lastByte,
                new I8042State.Pending(replies.packed(), replies.size()),
                movement.state(),
                new I8042State.Held(buttons, queuedButtons, sentButtons),
                queued,
                position);
    }

    void save(MemorySegment segment) {
        int flags = (enabled ? I8042StateLayout.FLAG_ENABLED : 0)
                | (remote ? I8042StateLayout.FLAG_REMOTE : 0)
                | (wrap ? I8042StateLayout.FLAG_WRAP : 0)
                | (scaled ? I8042StateLayout.FLAG_SCALED : 0)
                | movement.flags();
        I8042StateLayout.writeByte(segment, I8042StateLayout.IDENTIFIER_OFFSET, identifier);
        I8042StateLayout.writeByte(segment, I8042StateLayout.MOUSE_FLAGS_OFFSET, flags);
        I8042StateLayout.writeByte(segment, I8042StateLayout.RESOLUTION_OFFSET, resolution);
        I8042StateLayout.writeByte(segment, I8042StateLayout.SAMPLE_RATE_OFFSET, sampleRate);
        I8042StateLayout.writeByte(segment, I8042StateLayout.PREVIOUS_RATE_OFFSET, previousRate);
        I8042StateLayout.writeByte(segment, I8042StateLayout.RATE_BEFORE_OFFSET, rateBefore);
        I8042StateLayout.writeByte(segment, I8042StateLayout.MOUSE_AWAITING_OFFSET, awaiting);
        I8042StateLayout.writeByte(segment, I8042StateLayout.MOUSE_LAST_OFFSET, lastByte);
        I8042StateLayout.writeByte(segment, I8042StateLayout.MOUSE_REPLY_COUNT_OFFSET, replies.size());
        I8042StateLayout.writeByte(segment, I8042StateLayout.PACKET_COUNT_OFFSET, packetCount);
        I8042StateLayout.writeByte(segment, I8042StateLayout.PACKET_POSITION_OFFSET, position);
        I8042StateLayout.writeByte(segment, I8042StateLayout.BUTTONS_OFFSET, buttons);
        I8042StateLayout.writeByte(segment, I8042StateLayout.QUEUED_BUTTONS_OFFSET, queuedButtons);
        I8042StateLayout.writeByte(segment, I8042StateLayout.SENT_BUTTONS_OFFSET, sentButtons);
        I8042StateLayout.writeLong(segment, I8042StateLayout.MOUSE_REPLIES_OFFSET, replies.packed());
        I8042StateLayout.writeInts(segment, I8042StateLayout.PACKETS_OFFSET, packets);
        movement.save(segment);
    }

    void restore(I8042State.MousePart state) {
        identifier = state.identifier();
        enabled = state.enabled();
        remote = state.remote();
        wrap = state.wrap();
        scaled = state.scaled();
        resolution = state.resolution();
        sampleRate = state.sampleRate();
        previousRate = state.previousRate();
        rateBefore = state.rateBefore();
        awaiting = state.awaiting();
        lastByte = state.lastByte();
        replies.restore(state.replies().packed(), state.replies().size());
        movement.restore(state.movement());
        buttons = state.held().buttons();
        queuedButtons = state.held().queued();
        sentButtons = state.held().sent();
        position = state.position();
        packetCount = state.packets().size();
        for (int index = 0; index < PACKETS; index++) {
            packets[index] = index < packetCount ? state.packets().get(index) : 0;
        }
    }
}
