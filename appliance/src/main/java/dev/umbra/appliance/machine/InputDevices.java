// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.machine;

import dev.umbra.cloudhypervisor.DeviceHost;
import dev.umbra.remoteconsole.graphical.GraphicalInput;
import dev.umbra.shadowdevices.input.I8042;
import dev.umbra.shadowdevices.input.I8042Listener;
import dev.umbra.shadowdevices.input.I8042State;
import dev.umbra.shadowdevices.input.PointerButtons;
import dev.umbra.shadowdevices.input.VmwarePointer;
import dev.umbra.ultracall.PortClaim;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;

/**
 * Keyboard and pointer of one tenant VM: the controller at 0x60 and 0x64, VMware's pointer at 0x5658, and the way there from the
 * graphical console.
 *
 * <p>A key that finds the keyboard's own queue full waits here, where nothing survives a crash of the service but nothing is
 * forgotten otherwise; the press and release of one key stay in order. Held keys are repeated by the client, which presses them
 * again: a clock on this side of the network would repeat what is long released.
 *
 * <p>The reset line that the controller pulses belongs to L1, which alone can reset its VM. When the tenant asks for it the command
 * port is L1's for a moment, so that the next request, which every system sends, gets there.
 */
final class InputDevices implements GraphicalInput {
    static final int STATE_SIZE = (I8042State.SIZE + Long.BYTES - 1) & -Long.BYTES;

    private static final int DATA_PORT = 0x60;
    private static final int COMMAND_PORT = 0x64;
    private static final int KEYBOARD_IRQ = 1;
    private static final int AUX_IRQ = 12;
    private static final int[] LATCHED = {COMMAND_PORT};
    private static final int WAITING_KEYS = 4096;
    private static final int PRESSED = 1 << 8;
    private static final Duration RESET = Duration.ofMillis(500);

    /** RFB's buttons: left, middle, right, wheel away from the user and towards him. */
    private static final int VIEWER_MIDDLE = 1 << 1;

    private static final int VIEWER_RIGHT = 1 << 2;
    private static final int VIEWER_WHEEL_AWAY = 1 << 3;
    private static final int VIEWER_WHEEL_TOWARDS = 1 << 4;
    private static final int POINTER_EXTENT = 0xffff;

    private final I8042 controller;
    private final DeviceHost host;
    private final Queue<Integer> waitingKeys = new ArrayDeque<>();
    private final LongAdder dropped = new LongAdder();
    private final Runnable ledsChanged;
    private volatile int leds;
    private int viewerButtons;

    /**
     * @param ledsChanged called on the loop thread
     */
    InputDevices(DeviceHost host, Runnable ledsChanged) {
        this.host = host;
        this.ledsChanged = ledsChanged;
        controller = new I8042(
                asserted -> host.interrupt(KEYBOARD_IRQ, asserted),
                asserted -> host.interrupt(AUX_IRQ, asserted),
                new Outputs());
        host.claimPorts(DATA_PORT, 1, PortClaim.SERVED);
        host.claimPorts(COMMAND_PORT, 1, PortClaim.SERVED);
        host.claimPorts(VmwarePointer.PORT, 1, PortClaim.REGISTER_CALL);
    }

    static boolean serves(int port) {
        return port == DATA_PORT || port == COMMAND_PORT;
    }

    I8042 controller() {
        return controller;
    }

    InputCounters counters() {
        return new InputCounters(dropped.sum());
    }

    static int[] latchedPorts() {
        return LATCHED.clone();
    }

    void write(int port, int value) {
        controller.write(port - DATA_PORT, value);
        pressWaitingKeys();
    }

    int read(int port) {
        int value = controller.read(port - DATA_PORT);
        pressWaitingKeys();
        return value;
    }

    int pureRead(int port) {
        return controller.pureRead(port - DATA_PORT);
    }

    void registerCall(int[] registers) {
        VmwarePointer.Registers answer = controller
                .vmwarePointer()
                .call(new VmwarePointer.Registers(registers[0], registers[1], registers[2], registers[3]));
        registers[0] = answer.eax();
        registers[1] = answer.ebx();
        registers[2] = answer.ecx();
        registers[3] = answer.edx();
    }

    /** As power-on. Keys for the run before are not typed into the new one. */
    void reset() {
        dropped.add(waitingKeys.size());
        waitingKeys.clear();
        controller.powerOn();
        host.claimPorts(COMMAND_PORT, 1, PortClaim.SERVED);
    }

    void save(MemorySegment state) {
        controller.save(state);
    }

    /**
     * @throws IllegalArgumentException if the state is refused
     */
    void restore(MemorySegment state) {
        controller.restore(I8042State.decode(state.asSlice(0, I8042State.SIZE)));
        host.interrupt(KEYBOARD_IRQ, controller.keyboardInterruptAsserted());
        host.interrupt(AUX_IRQ, controller.auxInterruptAsserted());
        leds = controller.leds();
    }

    @Override
    public void key(int keyNumber, boolean pressed) {
        submit(() -> {
            if (waitingKeys.size() >= WAITING_KEYS) {
                dropped.increment();
                return;
            }
            waitingKeys.add(keyNumber | (pressed ? PRESSED : 0));
            pressWaitingKeys();
        });
    }

    private void pressWaitingKeys() {
        while (!waitingKeys.isEmpty() && controller.keyRoom() > 0) {
            int event = waitingKeys.remove();
            controller.key(event & ~PRESSED, (event & PRESSED) != 0);
        }
    }

    @Override
    public void pointer(int x, int y, int width, int height, int buttonMask) {
        submit(() -> {
            int pressed = buttonMask & ~viewerButtons;
            viewerButtons = buttonMask;
            int wheel = ((pressed & VIEWER_WHEEL_TOWARDS) != 0 ? 1 : 0) - ((pressed & VIEWER_WHEEL_AWAY) != 0 ? 1 : 0);
            controller.pointerAbsolute(scaled(x, width), scaled(y, height), wheel, buttons(buttonMask));
        });
    }

    private static int scaled(int at, int extent) {
        int last = Math.max(1, extent - 1);
        return (int) ((long) Math.clamp(at, 0, last) * POINTER_EXTENT / last);
    }

    private static int buttons(int viewer) {
        return viewer & PointerButtons.LEFT
                | ((viewer & VIEWER_RIGHT) != 0 ? PointerButtons.RIGHT : 0)
                | ((viewer & VIEWER_MIDDLE) != 0 ? PointerButtons.MIDDLE : 0);
    }

    @Override
    public int leds() {
        return leds;
    }

    private void submit(Runnable task) {
        try {
            host.execute(task);
        } catch (RejectedExecutionException closedOrFull) {
            dropped.increment();
        }
    }

    private final class Outputs implements I8042Listener {
        @Override
        public void leds(int lamps) {
            leds = lamps;
            ledsChanged.run();
        }

        @Override
        public void resetRequested() {
            host.claimPorts(COMMAND_PORT, 1, PortClaim.NONE);
            host.schedule(RESET, () -> host.claimPorts(COMMAND_PORT, 1, PortClaim.SERVED));
        }
    }
}
