// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance;

import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.vm.VmNotices;
import dev.umbra.appliance.vm.VmRecords;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.h2.jdbcx.JdbcConnectionPool;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** An empty database in memory with the product's own schema, and a clock the test moves. */
public final class TestDatabase {
    private Instant now = Instant.parse("2026-03-01T12:00:00Z");
    public final InstantSource clock = () -> now;
    public final JdbcClient client;
    public final TransactionTemplate transaction;
    public final AuditTrail audit;
    public final VmRecords records;
    public final VmNotices notices;

    public TestDatabase() {
        JdbcConnectionPool pool =
                JdbcConnectionPool.create("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "umbra", "");
        Flyway.configure().dataSource(pool).load().migrate();
        client = JdbcClient.create(pool);
        transaction = new TransactionTemplate(new JdbcTransactionManager(pool));
        audit = new AuditTrail(client, clock);
        records = new VmRecords(client, transaction, clock);
        notices = new VmNotices(client, clock);
    }

    public void pass(Duration time) {
        now = now.plus(time);
    }
}
