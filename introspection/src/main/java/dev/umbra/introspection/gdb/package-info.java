// SPDX-License-Identifier: Apache-2.0
/** A tenant VM seen by {@code gdb} over its remote serial protocol, read-only. */
package dev.umbra.introspection.gdb;
