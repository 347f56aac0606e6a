// SPDX-License-Identifier: Apache-2.0

/** Figures of tenant memory. */
package dev.umbra.cloudhypervisor.benchmark;
