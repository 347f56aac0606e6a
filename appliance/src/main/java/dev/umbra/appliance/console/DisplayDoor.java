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
import dev.umbra.remoteconsole.graphical.GraphicalConsole;
import dev.umbra.remoteconsole.rfb.RfbAccess;
import dev.umbra.remoteconsole.rfb.RfbGrant;
import dev.umbra.remoteconsole.rfb.RfbPower;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * From a credential to a graphical console. VNC users name a VM, not an account, as SSH users do, and certificates name an account:
 * see {@link VmLogin}.
 */
public final class DisplayDoor implements RfbAccess {
    private final VmRecords records;
    private final VmAccessPolicy policy;
    private final Consoles consoles;
    private final VmLogin login;
    private final ConsoleWatch watch;

    public DisplayDoor(
            VmRecords records,
            VmAccessPolicy policy,
            Authenticator authenticator,
            Consoles consoles,
            AuditTrail audit,
            ConsoleWatch watch) {
        this.records = records;
        this.policy = policy;
        this.consoles = consoles;
        login = new VmLogin(records, authenticator, audit);
        this.watch = watch;
    }

    @Override
    public Optional<RfbGrant> byPassword(String vmName, char[] password, SocketAddress from) {
        return login.byPassword(vmName, password, from, Authenticator.Door.VNC)
                .flatMap(accepted -> grant(accepted.account(), accepted.record(), from));
    }

    @Override
    public Optional<RfbGrant> byCertificate(
            Optional<String> serverName, List<X509Certificate> chain, SocketAddress from) {
        return login.byCertificate(serverName, chain.getFirst(), from, Authenticator.Door.VNC)
                .flatMap(accepted -> grant(accepted.account(), accepted.record(), from));
    }

    /** Permission to open the screen of a VM; a thrown problem tells why there is none. */
    public RfbGrant grant(Account account, UUID vm, boolean mayWrite) {
        VmRecord record = records.find(vm).orElseThrow(ProblemCode.VM_NOT_FOUND::exception);
        policy.require(account, record, VmAction.CONSOLE);
        return grant(record, console(record), mayWrite);
    }

    /** The console of the VM behind a record, for callers that have asked the policy. */
    public GraphicalConsole console(VmRecord record) {
        if (record.binding().isEmpty()) {
            throw ProblemCode.VM_NOT_ENROLLED.exception();
        }
        return watched(record).orElseThrow(ProblemCode.VM_GONE::exception);
    }

    private Optional<RfbGrant> grant(Account account, VmRecord record, SocketAddress from) {
        boolean allowed = policy.allows(account, record, VmAction.CONSOLE);
        Optional<RfbGrant> grant =
                watched(record).filter(ignored -> allowed).map(console -> grant(record, console, true));
        if (grant.isEmpty()) {
            login.refuse(account, record, from);
        }
        return grant;
    }

    private static RfbGrant grant(VmRecord record, GraphicalConsole console, boolean mayWrite) {
        return new RfbGrant(record.tenant(), record.name(), console, mayWrite, RfbPower.NONE);
    }

    private Optional<GraphicalConsole> watched(VmRecord record) {
        Optional<GraphicalConsole> console = record.binding().flatMap(consoles::graphicalConsole);
        console.ifPresent(found -> found.observe(watch.graphical(record)));
        return console;
    }
}
