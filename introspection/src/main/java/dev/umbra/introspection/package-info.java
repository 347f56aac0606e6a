// SPDX-License-Identifier: Apache-2.0
/** What the cloud hypervisor observes about tenant VMs, turned into findings that people can judge. */
package dev.umbra.introspection;
