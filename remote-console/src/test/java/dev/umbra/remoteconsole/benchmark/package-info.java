// SPDX-License-Identifier: Apache-2.0

/** Measurements of the consoles. */
package dev.umbra.remoteconsole.benchmark;
