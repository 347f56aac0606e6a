// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.enrolment;

import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.vm.VmNotice;
import dev.umbra.appliance.vm.VmNotices;
import dev.umbra.appliance.vm.VmRecord;
import dev.umbra.appliance.vm.VmRecords;
import dev.umbra.cloudhypervisor.EnrolmentResult;
import dev.umbra.cloudhypervisor.IdentityAuthority;
import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.cloudhypervisor.VmIdentity;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Binds running VMs to records by one-time secrets.
 *
 * <p>The virtualized system between the tenant and us can read the tenant's image, so it can steal a secret and enrol a decoy
 * before the tenant's own VM does. A secret therefore works exactly once, in one transaction with the binding, and whoever comes
 * second makes noise: the refusal is audited and the owner gets a notice, since one of the two is a decoy and only the owner can
 * tell which. The VM itself learns nothing from a refusal: wrong, used and expired look alike.
 *
 * <p>After a crash between our commit and the reply the host sends the same call again. A VM whose binding is older than this
 * process and that presents the very secret it is bound by is therefore told once more that it is enrolled, for a short while.
 */
public final class EnrolmentService implements IdentityAuthority {
    private static final Duration REPEATED_CALLS = Duration.ofMinutes(1);

    private enum SecretState {
        OPEN,
        USED,
        REPLACED
    }

    private record KnownSecret(UUID vm, SecretState state, Instant expiresAt) {}

    private final JdbcClient database;
    private final TransactionTemplate transaction;
    private final VmRecords records;
    private final VmNotices notices;
    private final AuditTrail audit;
    private final String serviceName;
    private final InstantSource clock;
    private final Instant startedAt;

    public EnrolmentService(
            JdbcClient database,
            TransactionTemplate transaction,
            VmRecords records,
            VmNotices notices,
            AuditTrail audit,
            String serviceName,
            InstantSource clock) {
        this.database = database;
        this.transaction = transaction;
        this.records = records;
        this.notices = notices;
        this.audit = audit;
        this.serviceName = serviceName;
        this.clock = clock;
        this.startedAt = clock.instant();
    }

    @Override
    public Optional<VmIdentity> identityOf(TenantVmKey vm) {
        return records.findByBinding(vm).map(record -> new VmIdentity(record.tenant(), record.name()));
    }

    @Override
    public String serviceName() {
        return serviceName;
    }

    /** Accepts any privilege level: the tool in the tenant runs as its root, but in user mode. */
    @Override
    public EnrolmentResult enrol(TenantVmKey vm, byte[] secret, int privilege) {
        if (secret.length != EnrolmentSecret.LENGTH) {
            return EnrolmentResult.REFUSED;
        }
        SecretHash hash = SecretHash.of(secret);
        Optional<KnownSecret> known = find(hash);
        Optional<VmRecord> present = records.findByBinding(vm);
        if (present.isPresent()) {
            return again(vm, present.get(), hash, known);
        }
        if (known.isPresent() && use(vm, hash, known.get())) {
            VmRecord record = records.find(known.get().vm()).orElseThrow();
            audit.record(AuditEvent.of(AuditKind.ENROLLED)
                    .on(record.id(), record.tenant())
                    .subject(vm)
                    .detail("privilege level " + privilege));
            return EnrolmentResult.ENROLLED;
        }
        return refuse(vm, find(hash));
    }

    private Optional<KnownSecret> find(SecretHash hash) {
        return database.sql("select hash, vm, state, expires_at from enrolment_secret where hash = :hash")
                .param("hash", hash.bytes())
                .query((row, number) -> hash.equals(SecretHash.stored(row.getBytes("hash")))
                        ? new KnownSecret(
                                row.getObject("vm", UUID.class),
                                SecretState.valueOf(row.getString("state")),
                                row.getObject("expires_at", OffsetDateTime.class)
                                        .toInstant())
                        : null)
                .optional();
    }

    private boolean use(TenantVmKey vm, SecretHash hash, KnownSecret secret) {
        OffsetDateTime now = OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC);
        try {
            return Boolean.TRUE.equals(transaction.execute(status -> {
                int used = database.sql("""
                                update enrolment_secret set state = 'USED'
                                where hash = :hash and state = 'OPEN' and expires_at > :now""")
                        .param("hash", hash.bytes())
                        .param("now", now)
                        .update();
                int bound = used == 0
                        ? 0
                        : database.sql("""
                                        update vm_record set host_instance = :instance, tenant_vm = :vm, bound_at = :now,
                                        bound_secret = :hash where id = :id and host_instance is null""")
                                .param("instance", vm.hostInstance())
                                .param("vm", vm.tenantVm())
                                .param("now", now)
                                .param("hash", hash.bytes())
                                .param("id", secret.vm())
                                .update();
                if (bound == 0) {
                    status.setRollbackOnly();
                }
                return bound == 1;
            }));
        } catch (DuplicateKeyException boundElsewhere) {
            return false;
        }
    }

    private EnrolmentResult again(TenantVmKey vm, VmRecord record, SecretHash hash, Optional<KnownSecret> known) {
        boolean ownSecret = known.isPresent()
                && known.get().vm().equals(record.id())
                && known.get().state() == SecretState.USED;
        boolean boundBefore = record.boundAt().orElseThrow().isBefore(startedAt);
        if (ownSecret
                && boundBefore
                && clock.instant().isBefore(startedAt.plus(REPEATED_CALLS))
                && boundBy(record, hash)) {
            return EnrolmentResult.ENROLLED;
        }
        audit.record(AuditEvent.of(AuditKind.ENROLMENT_REFUSED)
                .on(record.id(), record.tenant())
                .subject(vm)
                .detail("enrolled already"));
        known.filter(secret -> !secret.vm().equals(record.id())).ifPresent(secret -> {
            records.find(secret.vm()).ifPresent(other -> {
                audit.record(AuditEvent.of(AuditKind.ENROLMENT_REFUSED)
                        .on(other.id(), other.tenant())
                        .subject(vm)
                        .detail("the secret was presented by a VM enrolled as another record"));
                notices.raise(other.id(), VmNotice.Code.SECRET_IN_OTHER_VM);
            });
        });
        return EnrolmentResult.ALREADY_ENROLLED;
    }

    private boolean boundBy(VmRecord record, SecretHash hash) {
        return database.sql("select bound_secret from vm_record where id = :id")
                .param("id", record.id())
                .query((row, number) -> SecretHash.stored(row.getBytes("bound_secret")))
                .optional()
                .filter(hash::equals)
                .isPresent();
    }

    private EnrolmentResult refuse(TenantVmKey vm, Optional<KnownSecret> known) {
        Optional<VmRecord> owner = known.flatMap(secret -> records.find(secret.vm()));
        AuditEvent event = AuditEvent.of(AuditKind.ENROLMENT_REFUSED).subject(vm);
        if (owner.isEmpty()) {
            audit.record(event.detail("unknown secret"));
            return EnrolmentResult.REFUSED;
        }
        boolean used = known.get().state() == SecretState.USED;
        audit.record(event.on(owner.get().id(), owner.get().tenant())
                .detail(used ? "the secret was used already" : "the secret had expired or been replaced"));
        notices.raise(owner.get().id(), used ? VmNotice.Code.SECRET_USED_AGAIN : VmNotice.Code.OLD_SECRET_USED);
        return EnrolmentResult.REFUSED;
    }
}
