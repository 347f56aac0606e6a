// SPDX-License-Identifier: Apache-2.0
/** Consoles as a person meets them: something to type on, everything that was printed, and waiting for what should appear. */
package dev.umbra.e2e.terminal;
