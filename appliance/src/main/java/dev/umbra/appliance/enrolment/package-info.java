// SPDX-License-Identifier: Apache-2.0
/** Binding a running VM to its tenant's record by a one-time secret. */
package dev.umbra.appliance.enrolment;
