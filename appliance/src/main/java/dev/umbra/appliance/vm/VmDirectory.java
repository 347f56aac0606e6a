// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.vm;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.account.AccountDirectory;
import dev.umbra.appliance.account.Role;
import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.enrolment.EnrolmentProperties;
import dev.umbra.appliance.enrolment.EnrolmentSecret;
import dev.umbra.appliance.host.Hosts;
import dev.umbra.appliance.host.LiveVm;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.cloudhypervisor.PausedMoment;
import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.Finding;
import dev.umbra.introspection.Findings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** What accounts do with VM records and the VMs behind them. Every way in asks {@link VmAccessPolicy} first. */
public final class VmDirectory {
    /** A record and its secret, which is shown to the caller now and never again. */
    public record Created(VmView vm, EnrolmentSecret secret) {}

    private static final Pattern UUID_FORM = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final Duration SILENT_AFTER = Duration.ofMinutes(1);
    /** After which the host lets a VM go on, should we not. */
    private static final Duration LONGEST_MOMENT = Duration.ofSeconds(1);

    private final VmRecords records;
    private final VmNotices notices;
    private final VmAccessPolicy policy;
    private final Hosts hosts;
    private final Findings findings;
    private final AccountDirectory accounts;
    private final AuditTrail audit;
    private final EnrolmentProperties enrolment;
    private final BindingListener released;
    private final InstantSource clock;

    public VmDirectory(
            VmRecords records,
            VmNotices notices,
            VmAccessPolicy policy,
            Hosts hosts,
            Findings findings,
            AccountDirectory accounts,
            AuditTrail audit,
            EnrolmentProperties enrolment,
            BindingListener released,
            InstantSource clock) {
        this.records = records;
        this.notices = notices;
        this.policy = policy;
        this.hosts = hosts;
        this.findings = findings;
        this.accounts = accounts;
        this.audit = audit;
        this.enrolment = enrolment;
        this.released = released;
        this.clock = clock;
    }

    /**
     * What the processors of a VM have loaded.
     *
     * @param moment in which the VM was held for it, over by now
     */
    public record Processors(List<VcpuRegisters> vcpus, Optional<PausedMoment> moment) {}

    /** The VMs the account may see. */
    public List<VmView> list(Account account) {
        List<VmRecord> found = account.role() == Role.TENANT ? records.ofTenant(account.name()) : records.all();
        return found.stream()
                .filter(record -> policy.allows(account, record, VmAction.SEE))
                .map(this::view)
                .toList();
    }

    /** The record, if the account may do this with it; thrown problems tell why not. */
    public VmRecord require(Account account, String idOrName, VmAction action) {
        Optional<VmRecord> found = UUID_FORM.matcher(idOrName).matches()
                ? records.find(UUID.fromString(idOrName))
                : records.findByName(idOrName).filter(record -> policy.allows(account, record, VmAction.INSPECT));
        VmRecord record = found.orElseThrow(ProblemCode.VM_NOT_FOUND::exception);
        policy.require(account, record, action);
        return record;
    }

    public VmView get(Account account, String idOrName) {
        return view(require(account, idOrName, VmAction.SEE));
    }

    /** What was observed of the VM that should not be. */
    public List<Finding> findings(Account account, String idOrName) {
        return require(account, idOrName, VmAction.INSPECT)
                .binding()
                .map(findings::of)
                .orElse(List.of());
    }

    public Created create(Account account, String name, String tenant, String address) {
        if (!policy.mayCreateFor(account, tenant)) {
            throw ProblemCode.FORBIDDEN.exception();
        }
        if (!accounts.tenantExists(tenant)) {
            throw ProblemCode.TENANT_NOT_FOUND.exception();
        }
        if (UUID_FORM.matcher(name).matches()) {
            throw ProblemCode.REQUEST_INVALID.exception("a name must not look like an identifier");
        }
        EnrolmentSecret secret = EnrolmentSecret.create();
        VmRecord record =
                records.create(name, tenant, accounts.maximumVms(tenant), secret.hash(), enrolment.secretValidity());
        audit.record(AuditEvent.of(AuditKind.VM_CREATED)
                .by(account)
                .on(record.id(), tenant)
                .from(address)
                .detail(name));
        return new Created(view(record), secret);
    }

    /**
     * Gives the record a new secret. Whatever VM was enrolled is released, which must be said explicitly while it may still run.
     */
    public Created renew(Account account, String idOrName, boolean release, String address) {
        VmRecord record = require(account, idOrName, VmAction.MANAGE);
        boolean bound = record.binding().isPresent() && state(record) != VmState.GONE;
        if (bound && !release) {
            throw ProblemCode.VM_STILL_ENROLLED.exception();
        }
        EnrolmentSecret secret = EnrolmentSecret.create();
        VmRecord renewed = records.renew(record.id(), secret.hash(), enrolment.secretValidity());
        released.released(record);
        AuditEvent event = AuditEvent.of(bound ? AuditKind.VM_RELEASED : AuditKind.SECRET_RENEWED)
                .by(account)
                .on(record.id(), record.tenant())
                .from(address);
        audit.record(record.binding().map(event::subject).orElse(event));
        return new Created(view(renewed), secret);
    }

    public void delete(Account account, String idOrName, String address) {
        VmRecord record = require(account, idOrName, VmAction.MANAGE);
        if (records.delete(record.id())) {
            released.released(record);
            audit.record(AuditEvent.of(AuditKind.VM_DELETED)
                    .by(account)
                    .on(record.id(), record.tenant())
                    .from(address)
                    .detail(record.name()));
        }
    }

    public void dismiss(Account account, String idOrName, VmNotice.Code notice) {
        VmRecord record = require(account, idOrName, VmAction.MANAGE);
        if (!notices.dismiss(record.id(), notice)) {
            throw ProblemCode.NOT_FOUND.exception();
        }
    }

    public VmView pause(Account account, String idOrName, boolean paused, String address) {
        VmRecord record = require(account, idOrName, VmAction.PAUSE);
        TenantVmKey key = binding(record);
        if (paused) {
            hosts.pause(key);
        } else {
            hosts.resume(key);
        }
        audit.record(AuditEvent.of(paused ? AuditKind.PAUSED : AuditKind.RESUMED)
                .by(account)
                .on(record.id(), record.tenant())
                .subject(key)
                .from(address));
        return view(record);
    }

    public void claimPorts(Account account, String idOrName, int base, int count, boolean claimed, String address) {
        VmRecord record = require(account, idOrName, VmAction.CLAIM_DEVICES);
        if (base + count > 0x10000) {
            throw ProblemCode.PORTS_INVALID.exception();
        }
        TenantVmKey key = binding(record);
        hosts.claimPorts(key, base, count, claimed);
        audit.record(AuditEvent.of(claimed ? AuditKind.PORTS_CLAIMED : AuditKind.PORTS_RELEASED)
                .by(account)
                .on(record.id(), record.tenant())
                .subject(key)
                .from(address)
                .detail("ports 0x%x to 0x%x".formatted(base, base + count - 1)));
    }

    /** What the VM's processors have loaded, while it goes on. */
    public Processors processors(Account account, String idOrName) {
        VmRecord record = require(account, idOrName, VmAction.INSPECT);
        return new Processors(hosts.registers(binding(record)), Optional.empty());
    }

    /** The same while the VM is held for a moment. */
    public Processors heldProcessors(Account account, String idOrName, String address) {
        VmRecord record = require(account, idOrName, VmAction.PAUSE);
        TenantVmKey key = binding(record);
        PausedMoment moment = hosts.hold(key, LONGEST_MOMENT);
        List<VcpuRegisters> read;
        try (moment) {
            read = hosts.registers(key);
        }
        audit.record(AuditEvent.of(AuditKind.PAUSED)
                .by(account)
                .on(record.id(), record.tenant())
                .subject(key)
                .from(address)
                .detail("for a moment of %d us".formatted(moment.heldNanos() / 1000)));
        return new Processors(read, Optional.of(moment));
    }

    /** The running VM the record is bound to. */
    public TenantVmKey binding(VmRecord record) {
        return record.binding().orElseThrow(ProblemCode.VM_NOT_ENROLLED::exception);
    }

    private VmView view(VmRecord record) {
        Optional<LiveVm> live = record.binding().flatMap(hosts::find);
        return new VmView(
                record,
                state(record, live),
                live,
                notices.of(record.id()),
                record.binding().map(findings::of).orElse(List.of()));
    }

    private VmState state(VmRecord record) {
        return state(record, record.binding().flatMap(hosts::find));
    }

    private VmState state(VmRecord record, Optional<LiveVm> live) {
        if (record.binding().isEmpty()) {
            return VmState.UNCLAIMED;
        }
        if (live.isEmpty()) {
            return hosts.someDetached() ? VmState.SILENT : VmState.GONE;
        }
        LiveVm vm = live.get();
        if (vm.vm().disputed()) {
            return VmState.DISPUTED;
        }
        if (vm.vm().paused()) {
            return VmState.PAUSED;
        }
        boolean quiet = vm.lastActivity().isBefore(clock.instant().minus(SILENT_AFTER));
        return !vm.attached() || quiet ? VmState.SILENT : VmState.ENROLLED;
    }
}
