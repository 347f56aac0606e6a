// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.graphical;

/**
 * Pixels that are elsewhere now: {@code target} shows what was at the same columns from row {@code sourceY} on.
 *
 * @param target where they are now
 * @param sourceY first row they were at before
 */
public record Move(Area target, int sourceY) {}
