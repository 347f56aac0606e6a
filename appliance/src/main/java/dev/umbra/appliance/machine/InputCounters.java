// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.machine;

/**
 * What the way from the graphical console to keyboard and pointer has counted.
 *
 * @param dropped events that found no room anywhere
 */
public record InputCounters(long dropped) {}
