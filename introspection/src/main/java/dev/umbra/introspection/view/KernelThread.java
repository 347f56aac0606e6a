// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/**
 * A thread of the kernel.
 *
 * @param name in full
 * @param function address of what it runs, 0 if that is not known
 * @param symbol name of that function, or empty
 */
public record KernelThread(Task task, String name, long function, String symbol) {}
