// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.yara;

/**
 * A string of a rule, found in a process. A rule without strings, or one that matches for another reason, has no place.
 *
 * @param pid of the tenant's process
 * @param string name of the string in the rule, such as {@code $a}, or empty
 * @param address virtual, of its first byte, or 0
 * @param length in bytes, or 0
 */
public record YaraMatch(int pid, String rule, String string, long address, int length) {}
