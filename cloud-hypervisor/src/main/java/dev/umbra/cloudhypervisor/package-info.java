// SPDX-License-Identifier: Apache-2.0

/** One cloud hypervisor (L0): its cloud and tenant VMs, and the devices it took away from the untrusted system between. */
package dev.umbra.cloudhypervisor;
