// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.ultracall.link.HypervisorLink;

/** What the parts of one host share. */
record HostContext(
        HypervisorLink link,
        HostCounters counters,
        CloudHostListener listener,
        UltracallService ultracalls,
        TenantDevicesFactory factory,
        HostMemory memory) {}
