// SPDX-License-Identifier: Apache-2.0

/** A cloud hypervisor that plays L0 inside the process, for tests of whatever stands above it. */
package dev.umbra.cloudhypervisor.fake;
