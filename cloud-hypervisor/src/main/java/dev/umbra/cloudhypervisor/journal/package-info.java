// SPDX-License-Identifier: Apache-2.0

/** What survives the death of the service process: per tenant VM, how far its accesses were applied and to what effect. */
package dev.umbra.cloudhypervisor.journal;
