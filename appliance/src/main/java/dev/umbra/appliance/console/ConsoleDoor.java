// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.account.Authenticator;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.machine.Consoles;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.appliance.vm.VmAccessPolicy;
import dev.umbra.appliance.vm.VmAction;
import dev.umbra.appliance.vm.VmRecord;
import dev.umbra.appliance.vm.VmRecords;
import dev.umbra.remoteconsole.access.ConsoleAccess;
import dev.umbra.remoteconsole.access.ConsoleGrant;
import dev.umbra.remoteconsole.serial.SerialConsole;
import java.net.SocketAddress;
import java.security.PublicKey;
import java.util.Optional;
import java.util.UUID;

/**
 * From a credential to a serial console. SSH users name a VM, not an account: see {@link VmLogin}.
 */
public final class ConsoleDoor implements ConsoleAccess {
    private final VmRecords records;
    private final VmAccessPolicy policy;
    private final Authenticator authenticator;
    private final Consoles consoles;
    private final VmLogin login;
    private final ConsoleWatch watch;

    public ConsoleDoor(
            VmRecords records,
            VmAccessPolicy policy,
            Authenticator authenticator,
            Consoles consoles,
            AuditTrail audit,
            ConsoleWatch watch) {
        this.records = records;
        this.policy = policy;
        this.authenticator = authenticator;
        this.consoles = consoles;
        login = new VmLogin(records, authenticator, audit);
        this.watch = watch;
    }

    @Override
    public Optional<ConsoleGrant> byPassword(String vmName, char[] password, SocketAddress from) {
        return login.byPassword(vmName, password, from, Authenticator.Door.SSH)
                .flatMap(accepted -> grant(accepted.account(), accepted.record(), from));
    }

    @Override
    public Optional<ConsoleGrant> byPublicKey(String vmName, PublicKey key, SocketAddress from) {
        return records.findByName(vmName)
                .flatMap(record -> authenticator
                        .byPublicKey(record.tenant(), key)
                        .flatMap(account -> grant(account, record, from)));
    }

    @Override
    public boolean stillHolds(ConsoleGrant grant) {
        return records.findByName(grant.vmName())
                .filter(record -> record.tenant().equals(grant.tenant()))
                .flatMap(VmRecord::binding)
                .flatMap(consoles::console)
                .filter(console -> console == grant.console())
                .isPresent();
    }

    /** Permission to open the console of a VM; a thrown problem tells why there is none. */
    public ConsoleGrant grant(Account account, UUID vm, boolean mayWrite) {
        VmRecord record = records.find(vm).orElseThrow(ProblemCode.VM_NOT_FOUND::exception);
        policy.require(account, record, VmAction.CONSOLE);
        return new ConsoleGrant(record.tenant(), record.name(), console(record), mayWrite);
    }

    /** The console of the VM behind a record, for callers that have asked the policy. */
    public SerialConsole console(VmRecord record) {
        if (record.binding().isEmpty()) {
            throw ProblemCode.VM_NOT_ENROLLED.exception();
        }
        return watched(record).orElseThrow(ProblemCode.VM_GONE::exception);
    }

    private Optional<ConsoleGrant> grant(Account account, VmRecord record, SocketAddress from) {
        boolean allowed = policy.allows(account, record, VmAction.CONSOLE);
        Optional<ConsoleGrant> grant = watched(record)
                .filter(ignored -> allowed)
                .map(console -> new ConsoleGrant(record.tenant(), record.name(), console, true));
        if (grant.isEmpty()) {
            login.refuse(account, record, from);
        }
        return grant;
    }

    private Optional<SerialConsole> watched(VmRecord record) {
        Optional<SerialConsole> console = record.binding().flatMap(consoles::console);
        console.ifPresent(found -> found.observe(watch.serial(record)));
        return console;
    }
}
