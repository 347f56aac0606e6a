// SPDX-License-Identifier: Apache-2.0
/** A VNC client that checks what it is sent, and reading text off the picture it shows. Shares no code with the server. */
package dev.umbra.e2e.vnc;
