// SPDX-License-Identifier: Apache-2.0
/** The doors to a tenant's console: tickets, WebSocket, SSH, log download. */
package dev.umbra.appliance.console;
