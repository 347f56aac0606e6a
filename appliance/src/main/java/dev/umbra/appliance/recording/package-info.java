// SPDX-License-Identifier: Apache-2.0
/** Recordings of screens: where they are kept, for how long, and who is recorded now. */
package dev.umbra.appliance.recording;
