// SPDX-License-Identifier: Apache-2.0
/** The graphical console by RFB ("VNC"): one engine for every transport, and a TCP server. */
package dev.umbra.remoteconsole.rfb;
