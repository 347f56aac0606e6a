// SPDX-License-Identifier: Apache-2.0
/** The byte stream between a tenant's serial port and the people who watch it: rings, roles and sessions. */
package dev.umbra.remoteconsole.serial;
