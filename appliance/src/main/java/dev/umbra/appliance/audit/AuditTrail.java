// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.audit;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The trail: rows are added, read and, when too old or too many, pruned by the oldest; nothing changes a row. Every entry is also a
 * structured log line, so that a collector elsewhere keeps what this machine may lose. An entry that cannot be stored is still
 * logged, and counted: failing the deed because its audit failed would let a full disk lock tenants out of their own consoles.
 */
public final class AuditTrail {
    private static final Logger log = LoggerFactory.getLogger("dev.umbra.audit");
    private static final int LARGEST_PAGE = 500;

    private final JdbcClient database;
    private final InstantSource clock;
    private final AtomicLong recorded = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final AtomicLong pruned = new AtomicLong();

    public AuditTrail(JdbcClient database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /** Stores and logs an event. Blocks for the database: not for a host's loop thread. */
    public void record(AuditEvent event) {
        logLine(event);
        try {
            database.sql("""
                            insert into audit_entry (at, kind, actor, role, tenant, vm, subject, address, detail)
                            values (:at, :kind, :actor, :role, :tenant, :vm, :subject, :address, :detail)""")
                    .param("at", OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC))
                    .param("kind", event.kind().name())
                    .param("actor", event.actor())
                    .param("role", event.role())
                    .param("tenant", event.tenant())
                    .param("vm", event.vm())
                    .param("subject", event.subject())
                    .param("address", event.address())
                    .param("detail", event.detail())
                    .update();
            recorded.incrementAndGet();
        } catch (DataAccessException failure) {
            lost.incrementAndGet();
            log.error("Audit entry could not be stored", failure);
        }
    }

    /**
     * Entries, newest first.
     *
     * @param tenant only this tenant's trail; empty: all
     * @param vm only this VM record
     * @param before only entries older than the one with this id
     * @param limit entries at most, 1 to 500
     */
    public List<AuditEntry> entries(Optional<String> tenant, Optional<UUID> vm, OptionalLong before, int limit) {
        StringBuilder condition = new StringBuilder("id < :before");
        tenant.ifPresent(ignored -> condition.append(" and tenant = :tenant"));
        vm.ifPresent(ignored -> condition.append(" and vm = :vm"));
        JdbcClient.StatementSpec query = database.sql(
                        "select * from audit_entry where " + condition + " order by id desc limit :limit")
                .param("before", before.orElse(Long.MAX_VALUE))
                .param("limit", Math.clamp(limit, 1, LARGEST_PAGE));
        if (tenant.isPresent()) {
            query = query.param("tenant", tenant.get());
        }
        if (vm.isPresent()) {
            query = query.param("vm", vm.get());
        }
        return query.query((row, number) -> entry(row)).list();
    }

    /** Removes what is too old or too much; returns how many entries. */
    public long prune(Duration retention, long maximumEntries) {
        long removed = database.sql("delete from audit_entry where at < :oldest")
                .param("oldest", OffsetDateTime.ofInstant(clock.instant().minus(retention), ZoneOffset.UTC))
                .update();
        removed += database.sql("""
                        delete from audit_entry where id <=
                        (select id from audit_entry order by id desc offset :keep rows fetch next 1 rows only)""").param("keep", maximumEntries).update();
        pruned.addAndGet(removed);
        return removed;
    }

    public long recorded() {
        return recorded.get();
    }

    /** Entries that were logged but could not be stored. */
    public long lost() {
        return lost.get();
    }

    public long pruned() {
        return pruned.get();
    }

    private static void logLine(AuditEvent event) {
        var line = event.kind().severity() == AuditKind.Severity.NOTICE ? log.atInfo() : log.atWarn();
        line = line.addKeyValue("event.action", event.kind().name());
        if (event.actor() != null) {
            line = line.addKeyValue("user.name", event.actor()).addKeyValue("user.roles", event.role());
        }
        if (event.tenant() != null) {
            line = line.addKeyValue("umbra.tenant", event.tenant());
        }
        if (event.vm() != null) {
            line = line.addKeyValue("umbra.vm", event.vm().toString());
        }
        if (event.subject() != null) {
            line = line.addKeyValue("umbra.subject", event.subject());
        }
        if (event.address() != null) {
            line = line.addKeyValue("source.address", event.address());
        }
        line.log(event.detail() == null ? event.kind().name() : event.kind().name() + ": " + event.detail());
    }

    private static AuditEntry entry(ResultSet row) throws SQLException {
        Instant at = row.getObject("at", OffsetDateTime.class).toInstant();
        AuditEvent event = new AuditEvent(
                AuditKind.valueOf(row.getString("kind")),
                row.getString("actor"),
                row.getString("role"),
                row.getString("tenant"),
                row.getObject("vm", UUID.class),
                row.getString("subject"),
                row.getString("address"),
                row.getString("detail"));
        return new AuditEntry(row.getLong("id"), at, event);
    }
}
