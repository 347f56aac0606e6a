// SPDX-License-Identifier: Apache-2.0

/** Device models that a tenant VM sees instead of those of its untrusted hypervisor. */
package dev.umbra.shadowdevices;
