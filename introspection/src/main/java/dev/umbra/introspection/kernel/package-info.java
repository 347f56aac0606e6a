// SPDX-License-Identifier: Apache-2.0
/**
 * A Linux kernel that nobody described to us, found in the memory of its machine and read with the names and types it
 * carries itself: kallsyms and BTF.
 */
package dev.umbra.introspection.kernel;
