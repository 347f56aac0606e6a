// SPDX-License-Identifier: Apache-2.0
/** The appliance: accounts, REST, consoles, audit and metrics around the shadow devices of the hosts it serves. */
package dev.umbra.appliance;
