// SPDX-License-Identifier: Apache-2.0
/**
 * Looks in the memory of a kernel for what hides from it or changed it: facts that two independent structures of the kernel tell
 * differently, code and tables that are not as they were built, and rights that came from nowhere.
 */
package dev.umbra.introspection.detect;
