// SPDX-License-Identifier: Apache-2.0
/** Between the shadow display and input devices on one side and their viewers on the other: what changed, for whom, and who types. */
package dev.umbra.remoteconsole.graphical;
