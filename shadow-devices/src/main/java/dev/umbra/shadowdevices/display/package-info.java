// SPDX-License-Identifier: Apache-2.0
/** The shadow display: standard VGA with the Bochs extensions, and the picture that its viewers are shown. */
package dev.umbra.shadowdevices.display;
