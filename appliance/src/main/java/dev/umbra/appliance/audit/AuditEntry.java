// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.audit;

import java.time.Instant;

/** An event as it stands in the trail. */
public record AuditEntry(long id, Instant at, AuditEvent event) {}
