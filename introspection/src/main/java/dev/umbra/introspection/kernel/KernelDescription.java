// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

/**
 * What all boots of one build of a kernel have in common.
 *
 * @param buildId lowercase hexadecimal
 * @param digest of the bytes that symbols and types were decoded from
 */
record KernelDescription(String buildId, String digest, String banner, SymbolTable symbols, Btf types) {}
