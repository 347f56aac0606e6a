// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.enrolment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.appliance.TestDatabase;
import dev.umbra.appliance.audit.AuditEntry;
import dev.umbra.appliance.vm.VmNotice;
import dev.umbra.appliance.vm.VmRecord;
import dev.umbra.cloudhypervisor.EnrolmentResult;
import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.cloudhypervisor.VmIdentity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class EnrolmentServiceTest {
    private static final Duration WEEK = Duration.ofDays(7);
    private static final UUID HOST = UUID.randomUUID();

    private final TestDatabase database = new TestDatabase();
    private final EnrolmentService service = service();

    @Test
    void right_secret_binds_the_vm_and_names_it() {
        EnrolmentSecret secret = EnrolmentSecret.create();
        create("web", secret);

        assertThat(enrol(1, secret)).isEqualTo(EnrolmentResult.ENROLLED);

        assertThat(service.identityOf(key(1))).contains(new VmIdentity("alice", "web"));
        assertThat(database.records.findByName("web").orElseThrow().secretExpiresAt())
                .isEmpty();
        assertThat(details()).containsExactly("privilege level 3");
    }

    @Test
    void vm_without_record_is_nobodys() {
        assertThat(service.identityOf(key(1))).isEmpty();
    }

    @Test
    void wrong_secret_is_refused_and_audited_without_it() {
        EnrolmentSecret secret = EnrolmentSecret.create();

        assertThat(enrol(1, secret)).isEqualTo(EnrolmentResult.REFUSED);

        assertThat(details()).containsExactly("unknown secret");
        assertThat(entries().toString()).doesNotContain(secret.reveal());
    }

    @Test
    void secret_of_wrong_length_is_refused() {
        assertThat(service.enrol(key(1), new byte[31], 0)).isEqualTo(EnrolmentResult.REFUSED);
    }

    @Test
    void second_vm_with_the_same_secret_is_refused_and_the_owner_told() {
        EnrolmentSecret secret = EnrolmentSecret.create();
        VmRecord web = create("web", secret);
        enrol(1, secret);

        assertThat(enrol(2, secret)).isEqualTo(EnrolmentResult.REFUSED);
        assertThat(enrol(2, secret)).isEqualTo(EnrolmentResult.REFUSED);

        assertThat(service.identityOf(key(2))).isEmpty();
        assertThat(database.notices.of(web.id())).singleElement().satisfies(notice -> {
            assertThat(notice.code()).isEqualTo(VmNotice.Code.SECRET_USED_AGAIN);
            assertThat(notice.times()).isEqualTo(2);
        });
        assertThat(entries().getFirst().event().tenant()).isEqualTo("alice");
        assertThat(entries().getFirst().event().vm()).isEqualTo(web.id());
    }

    @RepeatedTest(20)
    void two_vms_racing_with_one_secret_do_not_both_get_in() throws Exception {
        EnrolmentSecret secret = EnrolmentSecret.create();
        create("web", secret);
        try (var threads = Executors.newFixedThreadPool(8)) {
            List<Callable<EnrolmentResult>> attempts = new ArrayList<>();
            for (long vm = 1; vm <= 8; vm++) {
                long number = vm;
                attempts.add(() -> enrol(number, secret));
            }
            List<EnrolmentResult> results = threads.invokeAll(attempts).stream()
                    .map(future -> future.resultNow())
                    .toList();

            assertThat(results).containsOnlyOnce(EnrolmentResult.ENROLLED);
        }
    }

    @Test
    void expired_secret_is_refused_and_the_owner_told() {
        EnrolmentSecret secret = EnrolmentSecret.create();
        VmRecord web = create("web", secret);
        database.pass(WEEK);

        assertThat(enrol(1, secret)).isEqualTo(EnrolmentResult.REFUSED);

        assertThat(notices(web)).containsExactly(VmNotice.Code.OLD_SECRET_USED);
    }

    @Test
    void replaced_secret_is_refused_and_the_new_one_works() {
        EnrolmentSecret old = EnrolmentSecret.create();
        EnrolmentSecret fresh = EnrolmentSecret.create();
        VmRecord web = create("web", old);
        database.records.renew(web.id(), fresh.hash(), WEEK);

        assertThat(enrol(1, old)).isEqualTo(EnrolmentResult.REFUSED);
        assertThat(enrol(1, fresh)).isEqualTo(EnrolmentResult.ENROLLED);

        assertThat(notices(web)).containsExactly(VmNotice.Code.OLD_SECRET_USED);
    }

    @Test
    void enrolled_vm_cannot_enrol_again_whatever_it_presents() {
        EnrolmentSecret first = EnrolmentSecret.create();
        EnrolmentSecret second = EnrolmentSecret.create();
        create("web", first);
        VmRecord other = create("mail", second);
        enrol(1, first);

        assertThat(enrol(1, first)).isEqualTo(EnrolmentResult.ALREADY_ENROLLED);
        assertThat(enrol(1, second)).isEqualTo(EnrolmentResult.ALREADY_ENROLLED);
        assertThat(enrol(1, EnrolmentSecret.create())).isEqualTo(EnrolmentResult.ALREADY_ENROLLED);

        assertThat(notices(other)).containsExactly(VmNotice.Code.SECRET_IN_OTHER_VM);
        assertThat(enrol(2, second)).isEqualTo(EnrolmentResult.ENROLLED);
    }

    @Test
    void after_the_host_instance_is_gone_the_old_secret_is_worth_nothing() {
        EnrolmentSecret old = EnrolmentSecret.create();
        EnrolmentSecret fresh = EnrolmentSecret.create();
        VmRecord web = create("web", old);
        enrol(1, old);
        TenantVmKey reborn = new TenantVmKey(UUID.randomUUID(), 1);

        assertThat(service.identityOf(reborn)).isEmpty();
        assertThat(service.enrol(reborn, bytes(old), 3)).isEqualTo(EnrolmentResult.REFUSED);
        database.records.renew(web.id(), fresh.hash(), WEEK);
        assertThat(service.enrol(reborn, bytes(fresh), 3)).isEqualTo(EnrolmentResult.ENROLLED);
        assertThat(service.identityOf(key(1))).isEmpty();
    }

    @Test
    void call_repeated_after_a_crash_is_answered_as_before_but_not_for_long() {
        EnrolmentSecret secret = EnrolmentSecret.create();
        create("web", secret);
        enrol(1, secret);
        database.pass(Duration.ofSeconds(5));
        EnrolmentService restarted = service();

        assertThat(restarted.enrol(key(1), bytes(secret), 3)).isEqualTo(EnrolmentResult.ENROLLED);
        database.pass(Duration.ofMinutes(2));
        assertThat(restarted.enrol(key(1), bytes(secret), 3)).isEqualTo(EnrolmentResult.ALREADY_ENROLLED);
    }

    @Test
    void deleted_record_leaves_the_vm_unclaimed_and_its_secret_unknown() {
        EnrolmentSecret secret = EnrolmentSecret.create();
        VmRecord web = create("web", secret);
        database.records.delete(web.id());

        assertThat(enrol(1, secret)).isEqualTo(EnrolmentResult.REFUSED);
        assertThat(details()).containsExactly("unknown secret");
    }

    @Test
    void secrets_do_not_show_themselves() {
        EnrolmentSecret secret = EnrolmentSecret.create();

        assertThat(secret.reveal()).matches("[0-9a-f]{64}");
        assertThat(secret.toString()).doesNotContain(secret.reveal());
        assertThat(secret.hash().toString().length()).isLessThan(20);
    }

    private EnrolmentService service() {
        return new EnrolmentService(
                database.client,
                database.transaction,
                database.records,
                database.notices,
                database.audit,
                "Test",
                database.clock);
    }

    private VmRecord create(String name, EnrolmentSecret secret) {
        return database.records.create(name, "alice", 10, secret.hash(), WEEK);
    }

    private EnrolmentResult enrol(long vm, EnrolmentSecret secret) {
        return service.enrol(key(vm), bytes(secret), 3);
    }

    private static byte[] bytes(EnrolmentSecret secret) {
        return HexFormat.of().parseHex(secret.reveal());
    }

    private static TenantVmKey key(long vm) {
        return new TenantVmKey(HOST, vm);
    }

    private List<VmNotice.Code> notices(VmRecord vm) {
        return database.notices.of(vm.id()).stream().map(VmNotice::code).toList();
    }

    private List<AuditEntry> entries() {
        return database.audit.entries(Optional.empty(), Optional.empty(), OptionalLong.empty(), 100);
    }

    private List<String> details() {
        return entries().stream().map(entry -> entry.event().detail()).toList();
    }
}
