// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Turns a NUDGE of L0 into pulses of the helper in L1. L0 names VMs by what it sees, the helper names sockets, and
 * nobody who could be trusted knows which belongs to which. So it is learned: a target is pulsed, and the VM that
 * waits either touches its ports soon after or does not. One VM searches at a time, one target after the other. A
 * learned target that has no effect several times in a row is forgotten.
 *
 * <p>What was learned may be wrong, since a VM may touch its ports on its own account just then, and L0 asks once for
 * each edge of a line. So a VM is watched from the nudge on until its lines have fallen: as long as it stands still with
 * a line raised it is pulsed again, and whatever becomes of what was learned, its raised lines are not forgotten. A VM
 * that runs now and then of itself would seem woken by any pulse: so L0 is asked who delivered its interrupts, L1, as a
 * pulse makes it do, or L0 at such an occasion; before anything is learned, and again after some pulses. On a slow host
 * an effect may show only when the next target has been pulsed, which then is learned by mistake, time and again: so the
 * time that is waited for an effect doubles with each such mistake, and halves as pulses work.
 *
 * <p>A wrong guess costs another tenant one spurious interrupt, which its driver ignores. Nothing spins: a search tries
 * each target once, the one it waits for again at each further nudge of its VM, and then waits for the next nudge, or
 * twice as long as the time before, up to a minute. The interrupt arrives at the VM's next entry at the latest. Belongs
 * to the loop thread.
 */
final class Nudges {
    private static final Duration EFFECT = Duration.ofMillis(150);
    private static final Duration EFFECT_MAXIMUM = Duration.ofMillis(2400);
    private static final Duration ANSWER = Duration.ofSeconds(1);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration RETRY_MAXIMUM = Duration.ofMinutes(1);
    private static final int MISSES = 3;
    private static final int PULSES_BETWEEN_CHECKS = 32;
    private static final int OUTSTANDING_MAXIMUM = 64;

    private final Helper helper;
    private final Tenants tenants;
    private final Timers timers;
    private final HostCounters counters;
    private final Map<Long, Learned> learned = new HashMap<>();
    private final Map<Long, Search> searches = new HashMap<>();
    private final Queue<Search> waiting = new ArrayDeque<>();
    private final Map<Long, Duration> windows = new HashMap<>();
    private final Map<Integer, Queue<Long>> outstanding = new HashMap<>();
    private List<Integer> targets = List.of();
    private Search current;
    private long generation;
    private long lastPulse;
    private int unanswered;

    Nudges(Helper helper, Tenants tenants, Timers timers, HostCounters counters) {
        this.helper = helper;
        this.tenants = tenants;
        this.timers = timers;
        this.counters = counters;
    }

    /** The way to the helper. */
    interface Helper {
        boolean pulse(int target, int irq);

        void refresh();
    }

    /** What is known of the VMs without the helper. */
    interface Tenants {
        /** Accesses seen so far, -1 if there is no such VM. */
        long accesses(long tenantVm);

        boolean asserted(long tenantVm, int irq);

        /** Asks L0 who has delivered interrupts so far; the answer comes on the loop, or null if there is none. */
        void deliveries(long tenantVm, Consumer<Deliveries> answer);
    }

    /**
     * Interrupts of our devices that a VM has taken.
     *
     * @param byL1 by the untrusted hypervisor, which a pulse makes it do
     * @param direct by L0 itself, as the VM ran on its own account
     */
    record Deliveries(long byL1, long direct) {
        /** Whether a VM that has moved since then was woken by a pulse and not by itself. */
        boolean wokenSince(Deliveries before) {
            return byL1 != before.byL1 || direct == before.direct;
        }
    }

    /** Runs something later on the loop. */
    interface Timers {
        void schedule(Duration delay, Runnable task);
    }

    private static final class Learned {
        final int target;
        int due;
        int misses;
        int pulses;
        boolean watched;
        Deliveries checked;

        Learned(int target, int due, Deliveries now) {
            this.target = target;
            this.due = due;
            this.checked = now;
        }
    }

    private static final class Search {
        final long tenantVm;
        int due;
        int next;
        int tried;
        int rounds;
        int target = -1;
        boolean pulsed;
        long accesses;

        Search(long tenantVm) {
            this.tenantVm = tenantVm;
        }
    }

    /** L0 asks for a VM to be woken. */
    void nudge(long tenantVm, int irq) {
        counters.increment(HostCounter.NUDGES);
        Learned known = learned.get(tenantVm);
        if (known == null) {
            if (current != null && current.tenantVm == tenantVm && current.pulsed) {
                pulse(current.target, irq);
            }
            search(tenantVm, 1 << irq);
            return;
        }
        known.due |= 1 << irq;
        pulse(known.target, irq);
        watch(tenantVm, known);
        if (++known.pulses % PULSES_BETWEEN_CHECKS == 0) {
            check(tenantVm, known);
        }
    }

    /** A VM that moves of itself may hide that its target is another's. */
    private void check(long tenantVm, Learned known) {
        tenants.deliveries(tenantVm, now -> {
            if (now == null || learned.get(tenantVm) != known) {
                return;
            }
            boolean right = now.wokenSince(known.checked);
            known.checked = now;
            if (!right) {
                forget(tenantVm, known);
            }
        });
    }

    private void search(long tenantVm, int due) {
        Search search = searches.computeIfAbsent(tenantVm, Search::new);
        search.due |= due;
        search.rounds = 0;
        resume(search);
        advance();
    }

    private void resume(Search search) {
        if (search != current && !waiting.contains(search)) {
            waiting.add(search);
        }
    }

    /** The helper says what can be pulsed. If that is something else than before, nobody waits longer to try it. */
    void targets(List<Integer> numbers) {
        if (!numbers.equals(targets)) {
            targets = List.copyOf(numbers);
            for (Search search : searches.values()) {
                search.rounds = 0;
                resume(search);
            }
        }
        advance();
    }

    /** The helper says what became of a pulse. */
    void answered(int target, int irq, boolean done) {
        Queue<Long> pulses = outstanding.get(target << 4 | irq);
        if (pulses == null) {
            counters.increment(HostCounter.PULSE_ERRORS);
            return;
        }
        settle(target << 4 | irq, pulses, pulses.element());
        if (done) {
            return;
        }
        counters.increment(HostCounter.PULSE_ERRORS);
        for (Map.Entry<Long, Learned> entry : List.copyOf(learned.entrySet())) {
            if (entry.getValue().target == target) {
                forget(entry.getKey(), entry.getValue());
            }
        }
        if (current != null && current.target == target) {
            tryNext();
            advance();
        }
    }

    void gone(long tenantVm) {
        learned.remove(tenantVm);
        windows.remove(tenantVm);
        Search search = searches.remove(tenantVm);
        if (search != null) {
            waiting.remove(search);
            if (current == search) {
                current = null;
                advance();
            }
        }
    }

    /** What waits for the VM is not forgotten with its target. */
    private void forget(long tenantVm, Learned known) {
        learned.remove(tenantVm);
        counters.increment(HostCounter.TARGETS_FORGOTTEN);
        int due = stillDue(tenantVm, known.due);
        if (due != 0) {
            search(tenantVm, due);
        }
    }

    private int stillDue(long tenantVm, int due) {
        int still = due;
        for (int irq = 0; due >>> irq != 0; irq++) {
            if (!tenants.asserted(tenantVm, irq)) {
                still &= ~(1 << irq);
            }
        }
        return still;
    }

    private void pulseAll(int target, int due) {
        for (int irq = 0; due >>> irq != 0; irq++) {
            if ((due & 1 << irq) != 0) {
                pulse(target, irq);
            }
        }
    }

    private Duration window(long tenantVm) {
        return windows.getOrDefault(tenantVm, EFFECT);
    }

    private void widen(long tenantVm) {
        Duration wider = window(tenantVm).multipliedBy(2);
        windows.put(tenantVm, wider.compareTo(EFFECT_MAXIMUM) < 0 ? wider : EFFECT_MAXIMUM);
    }

    private void narrow(long tenantVm) {
        Duration narrower = window(tenantVm).dividedBy(2);
        if (narrower.compareTo(EFFECT) > 0) {
            windows.put(tenantVm, narrower);
        } else {
            windows.remove(tenantVm);
        }
    }

    private void watch(long tenantVm, Learned known) {
        if (known.watched) {
            return;
        }
        known.watched = true;
        long before = tenants.accesses(tenantVm);
        timers.schedule(window(tenantVm), () -> {
            known.watched = false;
            if (learned.get(tenantVm) != known) {
                return;
            }
            boolean moved = tenants.accesses(tenantVm) != before;
            if (moved) {
                known.misses = 0;
                narrow(tenantVm);
            }
            known.due = stillDue(tenantVm, known.due);
            if (known.due == 0) {
                return;
            }
            if (!moved) {
                counters.increment(HostCounter.PULSES_WITHOUT_EFFECT);
                if (++known.misses >= MISSES) {
                    widen(tenantVm);
                    forget(tenantVm, known);
                    return;
                }
                pulseAll(known.target, known.due);
            }
            watch(tenantVm, known);
        });
    }

    private void advance() {
        while (current == null && !waiting.isEmpty()) {
            current = waiting.remove();
            current.tried = 0;
            tryNext();
        }
    }

    /** Pulses the next target of the current search, or ends its round. */
    private void tryNext() {
        Search search = current;
        search.pulsed = false;
        long step = ++generation;
        if (tenants.accesses(search.tenantVm) < 0) {
            end(search);
            return;
        }
        search.due = stillDue(search.tenantVm, search.due);
        if (search.due == 0) {
            end(search);
            return;
        }
        if (search.tried++ >= targets.size()) {
            endRound(search);
            return;
        }
        search.target = targets.get(search.next++ % targets.size());
        tenants.deliveries(search.tenantVm, before -> {
            if (generation != step || current != search) {
                return;
            }
            search.accesses = tenants.accesses(search.tenantVm);
            pulseAll(search.target, search.due);
            search.pulsed = true;
            timers.schedule(window(search.tenantVm), () -> {
                if (generation != step || current != search) {
                    return;
                }
                if (tenants.accesses(search.tenantVm) == search.accesses) {
                    counters.increment(HostCounter.PULSES_WITHOUT_EFFECT);
                    tryNext();
                    advance();
                    return;
                }
                tenants.deliveries(search.tenantVm, after -> {
                    if (generation == step && current == search) {
                        moved(search, before, after);
                        advance();
                    }
                });
            });
        });
    }

    /** If the VM was not woken by the pulse, nothing is learned, and the next search begins behind this target. */
    private void moved(Search search, Deliveries before, Deliveries after) {
        if (before == null || after == null || !after.wokenSince(before)) {
            tryNext();
            return;
        }
        counters.increment(HostCounter.TARGETS_LEARNED);
        Learned known = new Learned(search.target, stillDue(search.tenantVm, search.due), after);
        learned.put(search.tenantVm, known);
        end(search);
        if (known.due != 0) {
            watch(search.tenantVm, known);
        }
    }

    private void endRound(Search search) {
        current = null;
        search.target = -1;
        helper.refresh();
        search.due = stillDue(search.tenantVm, search.due);
        if (search.due == 0) {
            return;
        }
        Duration pause = RETRY.multipliedBy(1L << Math.min(search.rounds++, Integer.SIZE - 2));
        timers.schedule(pause.compareTo(RETRY_MAXIMUM) < 0 ? pause : RETRY_MAXIMUM, () -> {
            if (searches.get(search.tenantVm) == search) {
                resume(search);
                advance();
            }
        });
    }

    /** What it has not tried yet comes first when the VM is searched for again. */
    private void end(Search search) {
        if (learned.containsKey(search.tenantVm) || tenants.accesses(search.tenantVm) < 0) {
            searches.remove(search.tenantVm);
        }
        search.target = -1;
        current = null;
    }

    private void pulse(int target, int irq) {
        int pair = target << 4 | irq;
        if (unanswered >= OUTSTANDING_MAXIMUM || !helper.pulse(target, irq)) {
            counters.increment(HostCounter.PULSES_DROPPED);
            return;
        }
        counters.increment(HostCounter.PULSES);
        Long number = ++lastPulse;
        unanswered++;
        Queue<Long> pulses = outstanding.computeIfAbsent(pair, none -> new ArrayDeque<>());
        pulses.add(number);
        timers.schedule(ANSWER, () -> {
            if (settle(pair, pulses, number)) {
                counters.increment(HostCounter.PULSE_TIMEOUTS);
            }
        });
    }

    private boolean settle(int pair, Queue<Long> pulses, Long number) {
        if (!pulses.remove(number)) {
            return false;
        }
        unanswered--;
        if (pulses.isEmpty()) {
            outstanding.remove(pair, pulses);
        }
        return true;
    }
}
