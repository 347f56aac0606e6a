// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/**
 * A line of the kernel's log, as {@code /dev/kmsg} gives it.
 *
 * @param sequence its number since boot
 * @param nanos when it was written, by the kernel's clock
 * @param facility 0 for the kernel itself; others are written by programs
 * @param level 0 for emergencies to 7 for debugging
 * @param device the device it is about, such as {@code +pci:0000:00:1f.0}, or empty
 * @param text may have several lines
 */
public record LogRecord(long sequence, long nanos, int facility, int level, String device, String text) {}
