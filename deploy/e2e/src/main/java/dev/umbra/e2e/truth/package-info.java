// SPDX-License-Identifier: Apache-2.0
/** What a kernel says of itself, taken from inside with {@code ground-truth}, to compare with what is read from memory. */
package dev.umbra.e2e.truth;
