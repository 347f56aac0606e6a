// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/**
 * How a task is scheduled.
 *
 * @param policy {@code SCHED_NORMAL} 0, {@code SCHED_FIFO} 1, {@code SCHED_RR} 2, and so on
 * @param priority the kernel's, 0 to 139; {@code /proc} shows it less 100
 * @param nice -20 to 19
 * @param realTimePriority 0 to 99
 * @param processor where it ran last, or runs
 */
public record Scheduling(int policy, int priority, int nice, int realTimePriority, int processor) {}
