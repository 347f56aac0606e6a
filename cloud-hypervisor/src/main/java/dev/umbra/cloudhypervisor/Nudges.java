// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * Turns a NUDGE of L0 into pulses of the helper in L1. L0 names VMs by what it sees, the helper names sockets, and
 * nobody who could be trusted knows which belongs to which. So it is learned: a target is pulsed, and the VM that
 * waits either touches its ports soon after or does not. One VM searches at a time, one target after the other. A
 * learned target that has no effect several times in a row is forgotten.
 *
 * <p>What was learned may be wrong, since a VM may touch its ports on its own account just then, and L0 asks once for
 * each edge of a line. So a VM is watched from the nudge on until its line falls: as long as it stands still with the
 * line raised it is pulsed again.
 *
 * <p>A wrong guess costs another tenant one spurious interrupt, which its driver ignores. Nothing spins: a search
 * tries each target once and then waits for the next nudge, or twice as long as the time before, up to a minute. The
 * interrupt arrives at the VM's next entry at the latest. Belongs to the loop thread.
 */
final class Nudges {
    private static final Duration EFFECT = Duration.ofMillis(150);
    private static final Duration ANSWER = Duration.ofSeconds(1);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration RETRY_MAXIMUM = Duration.ofMinutes(1);
    private static final int MISSES = 3;
    private static final int OUTSTANDING_MAXIMUM = 64;

    private final Helper helper;
    private final Tenants tenants;
    private final Timers timers;
    private final HostCounters counters;
    private final Map<Long, Learned> learned = new HashMap<>();
    private final Map<Long, Search> searches = new HashMap<>();
    private final Queue<Search> waiting = new ArrayDeque<>();
    private final Map<Integer, Integer> outstanding = new HashMap<>();
    private List<Integer> targets = List.of();
    private Search current;
    private long generation;

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
    }

    /** Runs something later on the loop. */
    interface Timers {
        void schedule(Duration delay, Runnable task);
    }

    private static final class Learned {
        final int target;
        int misses;
        boolean watched;

        Learned(int target) {
            this.target = target;
        }
    }

    private static final class Search {
        final long tenantVm;
        int irq;
        int next;
        int rounds;
        int target = -1;
        long accesses;

        Search(long tenantVm, int irq) {
            this.tenantVm = tenantVm;
            this.irq = irq;
        }
    }

    /** L0 asks for a VM to be woken. */
    void nudge(long tenantVm, int irq) {
        counters.increment(HostCounter.NUDGES);
        Learned known = learned.get(tenantVm);
        if (known != null) {
            pulse(known.target, irq);
            watch(tenantVm, irq, known);
            return;
        }
        Search search = searches.get(tenantVm);
        if (search == null) {
            search = new Search(tenantVm, irq);
            searches.put(tenantVm, search);
            waiting.add(search);
        } else if (search != current && !waiting.contains(search)) {
            waiting.add(search);
        }
        search.irq = irq;
        search.rounds = 0;
        advance();
    }

    /** The helper says what can be pulsed. */
    void targets(List<Integer> numbers) {
        targets = numbers;
        advance();
    }

    /** The helper says what became of a pulse. */
    void answered(int target, int irq, boolean done) {
        Integer left = outstanding.get(target << 4 | irq);
        if (left == null) {
            counters.increment(HostCounter.PULSE_ERRORS);
            return;
        }
        settle(target << 4 | irq, left);
        if (done) {
            return;
        }
        counters.increment(HostCounter.PULSE_ERRORS);
        learned.entrySet().removeIf(entry -> entry.getValue().target == target && forgotten());
        if (current != null && current.target == target) {
            tryNext();
        }
    }

    void gone(long tenantVm) {
        learned.remove(tenantVm);
        Search search = searches.remove(tenantVm);
        if (search != null) {
            waiting.remove(search);
            if (current == search) {
                current = null;
                advance();
            }
        }
    }

    private boolean forgotten() {
        counters.increment(HostCounter.TARGETS_FORGOTTEN);
        return true;
    }

    private void watch(long tenantVm, int irq, Learned known) {
        if (known.watched) {
            return;
        }
        known.watched = true;
        long before = tenants.accesses(tenantVm);
        timers.schedule(EFFECT, () -> {
            known.watched = false;
            if (learned.get(tenantVm) != known) {
                return;
            }
            boolean moved = tenants.accesses(tenantVm) != before;
            if (moved) {
                known.misses = 0;
            }
            if (!tenants.asserted(tenantVm, irq)) {
                return;
            }
            if (!moved) {
                counters.increment(HostCounter.PULSES_WITHOUT_EFFECT);
                if (++known.misses >= MISSES) {
                    learned.remove(tenantVm);
                    forgotten();
                    nudge(tenantVm, irq);
                    return;
                }
                pulse(known.target, irq);
            }
            watch(tenantVm, irq, known);
        });
    }

    private void advance() {
        while (current == null && !waiting.isEmpty()) {
            current = waiting.remove();
            current.next = 0;
            tryNext();
        }
    }

    /** Pulses the next target of the current search, or ends its round. */
    private void tryNext() {
        Search search = current;
        long step = ++generation;
        if (tenants.accesses(search.tenantVm) < 0) {
            end(search);
            return;
        }
        if (search.next >= targets.size()) {
            endRound(search);
            return;
        }
        search.target = targets.get(search.next++);
        search.accesses = tenants.accesses(search.tenantVm);
        pulse(search.target, search.irq);
        timers.schedule(EFFECT, () -> {
            if (generation != step || current != search) {
                return;
            }
            if (tenants.accesses(search.tenantVm) != search.accesses) {
                counters.increment(HostCounter.TARGETS_LEARNED);
                Learned known = new Learned(search.target);
                learned.put(search.tenantVm, known);
                end(search);
                if (tenants.asserted(search.tenantVm, search.irq)) {
                    watch(search.tenantVm, search.irq, known);
                }
            } else {
                counters.increment(HostCounter.PULSES_WITHOUT_EFFECT);
                tryNext();
            }
            advance();
        });
    }

    private void endRound(Search search) {
        current = null;
        search.target = -1;
        helper.refresh();
        if (!tenants.asserted(search.tenantVm, search.irq)) {
            searches.remove(search.tenantVm);
            return;
        }
        Duration pause = RETRY.multipliedBy(1L << Math.min(search.rounds++, Integer.SIZE - 2));
        timers.schedule(pause.compareTo(RETRY_MAXIMUM) < 0 ? pause : RETRY_MAXIMUM, () -> {
            if (searches.get(search.tenantVm) == search && search != current && !waiting.contains(search)) {
                waiting.add(search);
                advance();
            }
        });
    }

    private void end(Search search) {
        searches.remove(search.tenantVm);
        current = null;
    }

    private void pulse(int target, int irq) {
        int pair = target << 4 | irq;
        if (outstanding.size() >= OUTSTANDING_MAXIMUM || !helper.pulse(target, irq)) {
            counters.increment(HostCounter.PULSES_DROPPED);
            return;
        }
        counters.increment(HostCounter.PULSES);
        outstanding.merge(pair, 1, Integer::sum);
        timers.schedule(ANSWER, () -> {
            Integer left = outstanding.get(pair);
            if (left != null) {
                counters.increment(HostCounter.PULSE_TIMEOUTS);
                settle(pair, left);
            }
        });
    }

    private void settle(int pair, int left) {
        if (left == 1) {
            outstanding.remove(pair);
        } else {
            outstanding.put(pair, left - 1);
        }
    }
}
