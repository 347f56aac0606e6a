// SPDX-License-Identifier: Apache-2.0
/** The cloud hypervisors (L0) this appliance serves. */
package dev.umbra.appliance.host;
