// SPDX-License-Identifier: Apache-2.0
/** The error catalogue: every refusal has a stable code and says who can mend it. */
package dev.umbra.appliance.problem;
