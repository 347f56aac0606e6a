// SPDX-License-Identifier: Apache-2.0

/** Figures of the codec. */
package dev.umbra.ultracall.benchmark;
