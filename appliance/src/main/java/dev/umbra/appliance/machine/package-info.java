// SPDX-License-Identifier: Apache-2.0

/**
 * The shadow machine of each tenant VM: which device answers which port, and where its bytes go. This is the only place
 * that knows a device, a console and a host at once.
 */
package dev.umbra.appliance.machine;
