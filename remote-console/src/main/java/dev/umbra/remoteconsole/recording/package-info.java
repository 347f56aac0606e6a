// SPDX-License-Identifier: Apache-2.0
/** Graphical sessions kept as files that any player of framebuffer streams can show again. */
package dev.umbra.remoteconsole.recording;
