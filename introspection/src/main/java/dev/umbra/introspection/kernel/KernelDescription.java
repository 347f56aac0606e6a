// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

/**
 * What all boots of one build of a kernel have in common.
 *
 * @param buildId lowercase hexadecimal
 */
record KernelDescription(String buildId, String banner, SymbolTable symbols, Btf types) {}
