// SPDX-License-Identifier: Apache-2.0
/** Measurements on the running testbed, each beside its baseline in the same run. */
package dev.umbra.e2e.benchmark;
