// SPDX-License-Identifier: Apache-2.0
/** The running testbed: where things are, the appliance's process and interface, root shells on the machines below the tenants. */
package dev.umbra.e2e.testbed;
