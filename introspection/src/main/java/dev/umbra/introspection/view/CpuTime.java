// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/**
 * CPU time used, in nanoseconds, divided as {@code /proc} divides it: by ticks, scaled to what the scheduler measured.
 *
 * @param user in user mode
 * @param system in the kernel
 */
public record CpuTime(long user, long system) {
    static final CpuTime NONE = new CpuTime(0, 0);

    public long total() {
        return user + system;
    }

    /**
     * As {@code cputime_adjust} in {@code kernel/sched/cputime.c}.
     *
     * @param userTicks and
     * @param systemTicks time accounted by ticks
     * @param runtime time measured by the scheduler
     * @param shownUser and
     * @param shownSystem what was shown last, below which neither may fall
     */
    static CpuTime adjusted(long userTicks, long systemTicks, long runtime, long shownUser, long shownSystem) {
        if (shownUser + shownSystem >= runtime) {
            return new CpuTime(shownUser, shownSystem);
        }
        long system = systemTicks == 0 ? 0 : userTicks == 0 ? runtime : share(systemTicks, userTicks, runtime);
        system = Math.max(system, shownSystem);
        long user = runtime - system;
        if (user < shownUser) {
            user = shownUser;
            system = runtime - user;
        }
        return new CpuTime(user, system);
    }

    private static long share(long systemTicks, long userTicks, long runtime) {
        return (long) ((double) systemTicks / ((double) systemTicks + userTicks) * runtime);
    }
}
