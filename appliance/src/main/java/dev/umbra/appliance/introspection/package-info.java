// SPDX-License-Identifier: Apache-2.0
/** Scans of tenant VMs from below: when, within which budget, and what is kept of them. */
package dev.umbra.appliance.introspection;
