// SPDX-License-Identifier: Apache-2.0
/** A tenant VM's memory as files that {@code crash}, drgn, gdb and Volatility open. */
package dev.umbra.introspection.export;
