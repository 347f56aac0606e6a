// SPDX-License-Identifier: Apache-2.0
/** Who did what to which VM: append-only, bounded, without secrets. */
package dev.umbra.appliance.audit;
