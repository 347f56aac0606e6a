// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.vm;

import dev.umbra.appliance.enrolment.SecretHash;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.cloudhypervisor.TenantVmKey;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** The VM records in the database. Decides nothing about who may ask. */
public final class VmRecords {
    private static final String SELECT = """
            select vm_record.*, (select max(expires_at) from enrolment_secret
              where enrolment_secret.vm = vm_record.id and state = 'OPEN') as secret_expires_at
            from vm_record""";

    private final JdbcClient database;
    private final TransactionTemplate transaction;
    private final InstantSource clock;

    public VmRecords(JdbcClient database, TransactionTemplate transaction, InstantSource clock) {
        this.database = database;
        this.transaction = transaction;
        this.clock = clock;
    }

    /** Adds a record with its first secret. */
    public VmRecord create(String name, String tenant, int maximum, SecretHash secret, Duration validity) {
        UUID id = UUID.randomUUID();
        try {
            transaction.executeWithoutResult(status -> {
                long present = database.sql("select count(*) from vm_record where tenant = :tenant")
                        .param("tenant", tenant)
                        .query(Long.class)
                        .single();
                if (present >= maximum) {
                    throw ProblemCode.VM_LIMIT_REACHED.exception();
                }
                database.sql("insert into vm_record (id, name, tenant, created_at) values (:id, :name, :tenant, :now)")
                        .param("id", id)
                        .param("name", name)
                        .param("tenant", tenant)
                        .param("now", now())
                        .update();
                addSecret(id, secret, validity);
            });
        } catch (DuplicateKeyException taken) {
            throw ProblemCode.VM_NAME_TAKEN.exception();
        }
        return find(id).orElseThrow();
    }

    public Optional<VmRecord> find(UUID id) {
        return database.sql(SELECT + " where id = :id")
                .param("id", id)
                .query((row, number) -> record(row))
                .optional();
    }

    public Optional<VmRecord> findByName(String name) {
        return database.sql(SELECT + " where name = :name")
                .param("name", name)
                .query((row, number) -> record(row))
                .optional();
    }

    public Optional<VmRecord> findByBinding(TenantVmKey key) {
        return database.sql(SELECT + " where host_instance = :instance and tenant_vm = :vm")
                .param("instance", key.hostInstance())
                .param("vm", key.tenantVm())
                .query((row, number) -> record(row))
                .optional();
    }

    /** All records, by name. */
    public List<VmRecord> all() {
        return database.sql(SELECT + " order by name")
                .query((row, number) -> record(row))
                .list();
    }

    public List<VmRecord> ofTenant(String tenant) {
        return database.sql(SELECT + " where tenant = :tenant order by name")
                .param("tenant", tenant)
                .query((row, number) -> record(row))
                .list();
    }

    /** Releases the record from its VM and gives it a new secret; older ones are worth nothing from then on. */
    public VmRecord renew(UUID id, SecretHash secret, Duration validity) {
        transaction.executeWithoutResult(status -> {
            database.sql("update enrolment_secret set state = 'REPLACED' where vm = :id and state = 'OPEN'")
                    .param("id", id)
                    .update();
            database.sql("""
                            update vm_record set host_instance = null, tenant_vm = null, bound_at = null,
                            bound_secret = null where id = :id""").param("id", id).update();
            addSecret(id, secret, validity);
        });
        return find(id).orElseThrow(ProblemCode.VM_NOT_FOUND::exception);
    }

    public boolean delete(UUID id) {
        return database.sql("delete from vm_record where id = :id")
                        .param("id", id)
                        .update()
                > 0;
    }

    private void addSecret(UUID vm, SecretHash secret, Duration validity) {
        database.sql("""
                        insert into enrolment_secret (hash, vm, created_at, expires_at, state)
                        values (:hash, :vm, :now, :end, 'OPEN')""")
                .param("hash", secret.bytes())
                .param("vm", vm)
                .param("now", now())
                .param("end", now().plus(validity))
                .update();
    }

    private OffsetDateTime now() {
        return OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC).truncatedTo(ChronoUnit.MILLIS);
    }

    private static VmRecord record(ResultSet row) throws SQLException {
        UUID instance = row.getObject("host_instance", UUID.class);
        Optional<TenantVmKey> binding =
                instance == null ? Optional.empty() : Optional.of(new TenantVmKey(instance, row.getLong("tenant_vm")));
        return new VmRecord(
                row.getObject("id", UUID.class),
                row.getString("name"),
                row.getString("tenant"),
                instant(row, "created_at").orElseThrow(),
                binding,
                instant(row, "bound_at"),
                instant(row, "secret_expires_at"));
    }

    private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }
}
