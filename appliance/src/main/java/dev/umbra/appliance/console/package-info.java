// SPDX-License-Identifier: Apache-2.0
/** The doors to a tenant's consoles: tickets, WebSockets, SSH, VNC. */
package dev.umbra.appliance.console;
