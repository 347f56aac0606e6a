// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.vm;

import dev.umbra.appliance.host.LiveVm;
import dev.umbra.introspection.Finding;
import java.util.List;
import java.util.Optional;

/** A record together with what is known of the VM behind it. */
public record VmView(
        VmRecord record, VmState state, Optional<LiveVm> live, List<VmNotice> notices, List<Finding> findings) {}
