// SPDX-License-Identifier: Apache-2.0
/** Tenants, operators and host administrators, and the one way their passwords and keys are checked. */
package dev.umbra.appliance.account;
