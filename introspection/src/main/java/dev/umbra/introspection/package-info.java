// SPDX-License-Identifier: Apache-2.0
/** What is observed about VMs, by the cloud hypervisor and in their memory, turned into findings that people can judge. */
package dev.umbra.introspection;
