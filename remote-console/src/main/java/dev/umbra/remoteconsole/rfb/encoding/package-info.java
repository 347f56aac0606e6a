// SPDX-License-Identifier: Apache-2.0
/** The ways RFB has of sending pixels: formats, encodings, compression. Knows nothing of sessions and connections. */
package dev.umbra.remoteconsole.rfb.encoding;
