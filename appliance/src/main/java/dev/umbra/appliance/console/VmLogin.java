// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.console;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.account.Authenticator;
import dev.umbra.appliance.audit.AuditEvent;
import dev.umbra.appliance.audit.AuditKind;
import dev.umbra.appliance.audit.AuditTrail;
import dev.umbra.appliance.vm.VmRecord;
import dev.umbra.appliance.vm.VmRecords;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * The login of those who name a VM, not an account: the account is the VM's owner, and a VM that does not exist is checked like an owner
 * that does not, so that a stranger cannot tell the two apart.
 */
final class VmLogin {
    private static final String NOBODY = "";

    private final VmRecords records;
    private final Authenticator authenticator;
    private final AuditTrail audit;

    VmLogin(VmRecords records, Authenticator authenticator, AuditTrail audit) {
        this.records = records;
        this.authenticator = authenticator;
        this.audit = audit;
    }

    /** Who has logged in, and for which VM. */
    record Accepted(Account account, VmRecord record) {}

    Optional<Accepted> byPassword(String vmName, char[] password, SocketAddress from, Authenticator.Door door) {
        Optional<VmRecord> record = records.findByName(vmName);
        String owner = record.map(VmRecord::tenant).orElse(NOBODY);
        return switch (authenticator.byPassword(owner, password, address(from), door)) {
            case Authenticator.Outcome.Accepted(Account account) ->
                Optional.of(new Accepted(account, record.orElseThrow()));
            case Authenticator.Outcome.Refused ignored -> Optional.empty();
            case Authenticator.Outcome.Throttled ignored -> Optional.empty();
        };
    }

    /**
     * A certificate names an account, and the server name in the TLS handshake one of its VMs: {@code VM} or {@code VM.DOMAIN}. Who
     * names none of his, as a client that asks for the appliance by address, gets the VM that is the only one he has.
     */
    Optional<Accepted> byCertificate(
            Optional<String> serverName, X509Certificate certificate, SocketAddress from, Authenticator.Door door) {
        return authenticator.byCertificate(certificate, address(from), door).flatMap(account -> {
            List<VmRecord> own = records.ofTenant(account.name());
            String label = serverName.map(name -> name.split("\\.", 2)[0]).orElse(NOBODY);
            return own.stream()
                    .filter(record -> record.name().equals(label))
                    .findFirst()
                    .or(() -> own.size() == 1 ? Optional.of(own.getFirst()) : Optional.empty())
                    .map(record -> new Accepted(account, record));
        });
    }

    /** Notes that an account found no console it may open. */
    void refuse(Account account, VmRecord record, SocketAddress from) {
        audit.record(AuditEvent.of(AuditKind.CONSOLE_REFUSED)
                .by(account)
                .on(record.id(), record.tenant())
                .from(address(from))
                .detail("no running VM is enrolled"));
    }

    private static String address(SocketAddress from) {
        return from instanceof InetSocketAddress internet && internet.getAddress() != null
                ? internet.getAddress().getHostAddress()
                : "unknown";
    }
}
