// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class NudgesTest {
    private static final long VM_A = 1;
    private static final long VM_B = 2;
    private static final int IRQ = 4;
    private static final int OTHER_IRQ = 12;

    private final HostCounters counters = new HostCounters();
    private final World world = new World();
    private final Nudges nudges = new Nudges(world, world, world, counters);

    @Test
    void rightTargetIsFoundAndThenUsedAtOnce() {
        world.wires(Map.of(0, VM_B, 3, VM_A));
        nudges.targets(List.of(0, 3));

        raise(VM_A);
        world.pass(Duration.ofSeconds(1));
        assertThat(world.pulses).containsExactly(0, 3);

        raise(VM_A);
        assertThat(world.pulses).containsExactly(0, 3, 3);
        assertThat(counters.value(HostCounter.TARGETS_LEARNED)).isEqualTo(1);
    }

    @Test
    void twoVmsSearchOneAfterTheOther() {
        world.wires(Map.of(2, VM_A, 3, VM_B));
        nudges.targets(List.of(1, 2, 3));

        raise(VM_B);
        raise(VM_A);
        assertThat(world.pulses).containsExactly(1);
        world.pass(Duration.ofMillis(400));
        assertThat(world.asserted(VM_A, IRQ))
                .as("served by the search for the other")
                .isFalse();
        raise(VM_A);
        world.pass(Duration.ofSeconds(2));

        assertThat(world.pulses).containsExactly(1, 2, 3, 1, 2);
        assertThat(counters.value(HostCounter.TARGETS_LEARNED)).isEqualTo(2);
    }

    @Test
    void nudgeWhileTheRightTargetIsWaitedFor_isAnsweredAtOnce() {
        world.wires(Map.of(0, VM_A));
        nudges.targets(List.of(0, 1));
        raise(VM_A);
        world.pass(Duration.ofMillis(50));
        assertThat(world.asserted(VM_A, IRQ)).isFalse();

        raise(VM_A);
        world.pass(Duration.ofMillis(50));

        assertThat(world.asserted(VM_A, IRQ)).isFalse();
        assertThat(world.pulses).containsExactly(0, 0);
    }

    @Test
    void lyingHelperDoesNotMakeItSpin() {
        world.wires(Map.of());
        nudges.targets(List.of(0, 1));

        raise(VM_A);
        world.pass(Duration.ofMinutes(10));

        assertThat(world.pulses).hasSizeBetween(2 * 10, 2 * 16);
        assertThat(world.timers).hasSize(1);
    }

    @Test
    void wrongLessonIsCorrectedWithoutAnotherNudge() {
        world.wires(Map.of(0, VM_B, 1, VM_A));
        nudges.targets(List.of(0, 1));
        raise(VM_A);
        world.touches(VM_A);
        world.pass(Duration.ofMillis(200));
        assertThat(counters.value(HostCounter.TARGETS_LEARNED)).isEqualTo(1);
        assertThat(world.asserted(VM_A, IRQ)).isTrue();

        world.pass(Duration.ofSeconds(2));

        assertThat(world.asserted(VM_A, IRQ)).isFalse();
        assertThat(counters.value(HostCounter.TARGETS_FORGOTTEN)).isEqualTo(1);
        assertThat(world.pulses.getLast()).isEqualTo(1);
        assertThat(world.timers).isEmpty();
    }

    @Test
    void lostPulseIsRepeated() {
        world.wires(Map.of(0, VM_A));
        nudges.targets(List.of(0));
        raise(VM_A);
        world.pass(Duration.ofSeconds(1));

        world.wires(Map.of());
        raise(VM_A);
        world.wires(Map.of(0, VM_A));
        world.pass(Duration.ofMillis(200));

        assertThat(world.asserted(VM_A, IRQ)).isFalse();
        assertThat(world.pulses).containsExactly(0, 0, 0);
    }

    @Test
    void searchEndsWhenTheInterruptIsNoLongerDue() {
        world.wires(Map.of());
        nudges.targets(List.of(0));
        raise(VM_A);
        world.lower(VM_A);
        world.pass(Duration.ofMinutes(1));
        assertThat(world.pulses).containsExactly(0);
    }

    @Test
    void targetWithoutEffectIsForgottenAndSearchedAgain() {
        world.wires(Map.of(0, VM_A));
        nudges.targets(List.of(0, 1));
        raise(VM_A);
        world.pass(Duration.ofSeconds(1));
        world.wires(Map.of(1, VM_A));

        for (int time = 0; time < 3; time++) {
            raise(VM_A);
            world.pass(Duration.ofSeconds(1));
        }

        assertThat(counters.value(HostCounter.TARGETS_FORGOTTEN)).isEqualTo(1);
        raise(VM_A);
        assertThat(world.pulses.getLast()).isEqualTo(1);
    }

    @Test
    void refusedPulseMovesTheSearchOnAtOnce() {
        world.wires(Map.of(1, VM_A));
        nudges.targets(List.of(0, 1));
        raise(VM_A);
        nudges.answered(0, IRQ, false);
        assertThat(world.pulses).containsExactly(0, 1);
    }

    @Test
    void refusedPulseOfALearnedTarget_whatWaitsIsNotForgotten() {
        world.wires(Map.of(0, VM_A));
        nudges.targets(List.of(0));
        raise(VM_A);
        world.pass(Duration.ofSeconds(1));

        world.wires(Map.of());
        raise(VM_A);
        nudges.answered(0, IRQ, false);
        world.wires(Map.of(0, VM_A));
        world.pass(Duration.ofSeconds(2));

        assertThat(world.asserted(VM_A, IRQ)).isFalse();
    }

    @Test
    void secondLine_isWatchedAsTheFirst() {
        world.wires(Map.of(0, VM_A));
        nudges.targets(List.of(0));
        raise(VM_A);
        world.pass(Duration.ofSeconds(1));

        raise(VM_A);
        world.wires(Map.of());
        world.raise(VM_A, OTHER_IRQ);
        nudges.nudge(VM_A, OTHER_IRQ);
        world.wires(Map.of(0, VM_A));
        world.pass(Duration.ofSeconds(2));

        assertThat(world.asserted(VM_A, IRQ)).isFalse();
        assertThat(world.asserted(VM_A, OTHER_IRQ)).isFalse();
        assertThat(world.timers).isEmpty();
    }

    @Test
    void slowHost_theRightTargetIsLearnedInTheEnd() {
        world.latency = Duration.ofMillis(170);
        world.wires(Map.of(0, VM_A, 1, VM_B));
        nudges.targets(List.of(0, 1));
        for (int time = 0; time < 10; time++) {
            raise(VM_A);
            world.pass(Duration.ofSeconds(5));
            assertThat(world.asserted(VM_A, IRQ)).isFalse();
        }
        long forgotten = counters.value(HostCounter.TARGETS_FORGOTTEN);

        for (int time = 0; time < 10; time++) {
            raise(VM_A);
            world.pass(Duration.ofMillis(171));
            assertThat(world.asserted(VM_A, IRQ)).isFalse();
            world.pass(Duration.ofSeconds(5));
        }

        assertThat(counters.value(HostCounter.TARGETS_FORGOTTEN)).isEqualTo(forgotten);
    }

    @Test
    void vmThatWakesOfItself_isNotTakenForWokenByTheWrongTarget() {
        world.wires(Map.of(0, VM_B, 1, VM_A));
        nudges.targets(List.of(0, 1));
        world.wakesEvery(VM_A, Duration.ofMillis(100));
        for (int time = 0; time < 4; time++) {
            raise(VM_A);
            world.pass(Duration.ofMillis(730));
        }

        raise(VM_A);

        assertThat(world.pulses.getLast()).isEqualTo(1);
        assertThat(counters.value(HostCounter.TARGETS_LEARNED)).isEqualTo(1);
    }

    @Test
    void wrongTargetOfAVmThatWakesOfItself_isFoundOut() {
        world.wires(Map.of(0, VM_A));
        nudges.targets(List.of(0, 1));
        raise(VM_A);
        world.pass(Duration.ofSeconds(1));
        world.wires(Map.of(0, VM_B, 1, VM_A));
        world.wakesEvery(VM_A, Duration.ofMillis(100));
        for (int time = 0; time < 48; time++) {
            raise(VM_A);
            world.pass(Duration.ofMillis(730));
        }

        raise(VM_A);

        assertThat(world.pulses.getLast()).isEqualTo(1);
    }

    @Test
    void deliveriesUnknown_nothingIsLearnedAndEverythingArrives() {
        world.reachable = false;
        world.wires(Map.of(0, VM_B, 1, VM_A));
        nudges.targets(List.of(0, 1));
        for (int time = 0; time < 5; time++) {
            raise(VM_A);
            world.pass(Duration.ofSeconds(1));
            assertThat(world.asserted(VM_A, IRQ)).isFalse();
        }

        assertThat(counters.value(HostCounter.TARGETS_LEARNED)).isZero();
    }

    @Test
    void newTargets_areTriedAtOnce() {
        world.wires(Map.of());
        nudges.targets(List.of(0));
        raise(VM_A);
        world.pass(Duration.ofMinutes(5));

        world.wires(Map.of(1, VM_A));
        nudges.targets(List.of(0, 1));
        world.pass(Duration.ofSeconds(1));

        assertThat(world.asserted(VM_A, IRQ)).isFalse();
    }

    @Test
    void pulsesInQuickSuccession_allAnswered_noneTimesOut() {
        world.wires(Map.of(0, VM_A));
        nudges.targets(List.of(0));
        for (int time = 0; time < 10; time++) {
            raise(VM_A);
            world.pass(Duration.ofMillis(300));
            while (world.unanswered > 0) {
                world.unanswered--;
                nudges.answered(0, IRQ, true);
            }
        }

        assertThat(counters.value(HostCounter.PULSE_TIMEOUTS)).isZero();
        assertThat(counters.value(HostCounter.PULSE_ERRORS)).isZero();
    }

    @Test
    void unexpectedAnswersAreCounted() {
        nudges.answered(5, 5, true);
        assertThat(counters.value(HostCounter.PULSE_ERRORS)).isEqualTo(1);
    }

    @Test
    void withoutAHelperPulsesAreDroppedAndTheSearchWaits() {
        raise(VM_A);
        world.pass(Duration.ofMillis(500));
        world.wires(Map.of(7, VM_A));
        nudges.targets(List.of(7));
        world.pass(Duration.ofSeconds(2));
        assertThat(world.pulses).containsExactly(7);
        assertThat(counters.value(HostCounter.TARGETS_LEARNED)).isEqualTo(1);
    }

    @Test
    void vmThatIsGoneIsForgotten() {
        world.wires(Map.of(0, VM_A));
        nudges.targets(List.of(0));
        raise(VM_A);
        nudges.gone(VM_A);
        world.pass(Duration.ofMinutes(1));
        assertThat(world.pulses).containsExactly(0);
        assertThat(counters.value(HostCounter.TARGETS_LEARNED)).isZero();
    }

    /** The helper, the VMs behind it, and time. */
    private void raise(long vm) {
        world.raise(vm);
        nudges.nudge(vm, IRQ);
    }

    private static final class World implements Nudges.Helper, Nudges.Tenants, Nudges.Timers {
        private record Timer(long due, int order, Runnable task) {}

        final List<Integer> pulses = new ArrayList<>();
        final PriorityQueue<Timer> timers =
                new PriorityQueue<>(Comparator.comparingLong(Timer::due).thenComparingInt(Timer::order));
        private final Map<Long, Long> accesses = new HashMap<>(Map.of(VM_A, 0L, VM_B, 0L));
        private Map<Integer, Long> wires = Map.of();
        private long now;
        private int order;
        private final Map<Long, Set<Integer>> raised = new HashMap<>();
        Duration latency = Duration.ofMillis(20);
        int unanswered;
        boolean reachable = true;
        private final Map<Long, Long> byL1 = new HashMap<>();
        private final Map<Long, Long> direct = new HashMap<>();

        void raise(long vm) {
            raise(vm, IRQ);
        }

        void raise(long vm, int irq) {
            raised.computeIfAbsent(vm, none -> new HashSet<>()).add(irq);
        }

        void lower(long vm) {
            lower(vm, IRQ);
        }

        private void lower(long vm, int irq) {
            raised.computeIfAbsent(vm, none -> new HashSet<>()).remove(irq);
        }

        /** The VM uses its port on its own account. */
        void touches(long vm) {
            accesses.merge(vm, 1L, Long::sum);
        }

        /** The VM runs of itself; L0 gives it what is due. */
        void wakes(long vm) {
            if (!raised.getOrDefault(vm, Set.of()).isEmpty()) {
                direct.merge(vm, 1L, Long::sum);
                touches(vm);
                raised.get(vm).clear();
            }
        }

        void wakesEvery(long vm, Duration period) {
            schedule(period, () -> {
                wakes(vm);
                wakesEvery(vm, period);
            });
        }

        void wires(Map<Integer, Long> targets) {
            wires = targets;
        }

        void pass(Duration time) {
            long until = now + time.toNanos();
            while (!timers.isEmpty() && timers.peek().due() <= until) {
                Timer timer = timers.remove();
                now = timer.due();
                timer.task().run();
            }
            now = until;
        }

        @Override
        public boolean pulse(int target, int irq) {
            pulses.add(target);
            Long vm = wires.get(target);
            unanswered++;
            if (vm != null) {
                schedule(latency, () -> {
                    if (asserted(vm, irq)) {
                        byL1.merge(vm, 1L, Long::sum);
                    }
                    touches(vm);
                    lower(vm, irq);
                });
            }
            return true;
        }

        @Override
        public void refresh() {}

        @Override
        public long accesses(long tenantVm) {
            return accesses.getOrDefault(tenantVm, -1L);
        }

        @Override
        public boolean asserted(long tenantVm, int irq) {
            return raised.getOrDefault(tenantVm, Set.of()).contains(irq);
        }

        @Override
        public void deliveries(long tenantVm, Consumer<Nudges.Deliveries> answer) {
            answer.accept(
                    reachable
                            ? new Nudges.Deliveries(byL1.getOrDefault(tenantVm, 0L), direct.getOrDefault(tenantVm, 0L))
                            : null);
        }

        @Override
        public void schedule(Duration delay, Runnable task) {
            timers.add(new Timer(now + delay.toNanos(), order++, task));
        }
    }
}
