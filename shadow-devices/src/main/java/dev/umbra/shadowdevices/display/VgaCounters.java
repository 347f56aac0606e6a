// SPDX-License-Identifier: Apache-2.0
package dev.umbra.shadowdevices.display;

/**
 * What a display has refused since it was created. Counters only grow and are no part of the saved state.
 *
 * @param invalidAccesses accesses to ports and registers that do not exist, or of a size they do not have
 * @param droppedBytes bytes written through the window where the tenant has no memory
 */
public record VgaCounters(long invalidAccesses, long droppedBytes) {}
