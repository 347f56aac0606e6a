// SPDX-License-Identifier: Apache-2.0

/** Measurements of the device models. */
package dev.umbra.shadowdevices.benchmark;
