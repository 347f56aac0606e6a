// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.cloudhypervisor.fake.FakeTenantVm;
import dev.umbra.cloudhypervisor.journal.JournalException;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.HypervisorCounter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CloudHostTest extends CloudHostFixture {
    @Test
    void registryShowsWhatTheHostAnnounces() {
        FakeTenantVm vm = hypervisor.addTenantVm();

        assertThat(host.attached()).isTrue();
        assertThat(host.instance()).contains(hypervisor.instance());
        assertThat(host.cloudVms()).containsExactly(new CloudVm(1, 4711));
        TenantVm shown = host.tenantVm(key(vm)).orElseThrow();
        assertThat(shown.vcpus()).containsExactly(new Vcpu(0, 0, 0x1000, 0x7000));
        assertThat(events.seen).contains("appeared 1");
    }

    @Test
    void writesAreAppliedAndAcknowledgedOncePerBatch() {
        FakeTenantVm vm = hypervisor.addTenantVm();

        hypervisor.batch(() -> {
            vm.write(0, EchoDevices.DATA, (byte) 1, (byte) 2);
            vm.write(0, EchoDevices.DATA, (byte) 3);
        });

        await(() -> vm.unacknowledged() == 0);
        assertThat(devices(vm).sum).isEqualTo(6);
        assertThat(hypervisor.received(Frame.Acknowledge.class)).hasSize(1);
    }

    @Test
    void readIsAnsweredAfterItsLatch() throws Exception {
        FakeTenantVm vm = hypervisor.addTenantVm();

        vm.write(0, EchoDevices.DATA, (byte) 9);
        int value = vm.read(0, EchoDevices.DATA).get(5, TimeUnit.SECONDS);

        assertThat(value).isEqualTo(1);
        List<Frame> sent = hypervisor.received();
        Frame last = sent.getLast();
        assertThat(last).isInstanceOf(Frame.PortReadReply.class);
        assertThat(sent.get(sent.size() - 2)).isInstanceOfSatisfying(Frame.Latch.class, latch -> {
            assertThat(latch.header().sequence()).isEqualTo(2);
            assertThat(latch.value()).isEqualTo(0x60);
        });
        assertThat(vm.latched(EchoDevices.STATUS)).isEqualTo(0x60);
    }

    @Test
    void inputReplacesTheLatchBeforeItRaisesTheLine() {
        FakeTenantVm vm = hypervisor.addTenantVm();
        await(() -> vm.latched(EchoDevices.STATUS) == 0x60);
        int before = hypervisor.received().size();

        devices(vm).input(0x61);

        await(() -> vm.line(4));
        List<Frame> sent =
                hypervisor.received().subList(before, hypervisor.received().size());
        assertThat(sent)
                .extracting(frame -> frame.getClass().getSimpleName())
                .containsExactly("Latch", "InterruptLine");
        assertThat(vm.latched(EchoDevices.STATUS)).isEqualTo(0x61);
    }

    @Test
    void latchIsWithdrawnWhenReadingGetsASideEffect() {
        FakeTenantVm vm = hypervisor.addTenantVm();
        await(() -> vm.latched(EchoDevices.STATUS) == 0x60);

        devices(vm).input(-1);

        await(() -> vm.latched(EchoDevices.STATUS) == -1);
    }

    @Test
    void lineThatFellAndRoseWithinABatchMakesAnEdge() {
        FakeTenantVm vm = hypervisor.addTenantVm();
        vm.write(0, EchoDevices.LINE, (byte) 1);
        await(() -> vm.edges(4) == 1);

        vm.write(0, EchoDevices.LINE, (byte) 0, (byte) 1);
        await(() -> vm.edges(4) == 2);
        vm.write(0, EchoDevices.LINE, (byte) 1);
        await(() -> vm.unacknowledged() == 0);

        assertThat(vm.edges(4)).isEqualTo(2);
    }

    @Test
    void nothingIsAppliedTwiceWhenTheConnectionBreaks() throws Exception {
        FakeTenantVm vm = hypervisor.addTenantVm();
        for (int round = 0; round < 20; round++) {
            vm.write(0, EchoDevices.DATA, (byte) 1);
            hypervisor.breakConnection();
            assertThat(vm.read(0, EchoDevices.DATA).get(5, TimeUnit.SECONDS)).isEqualTo(round + 1);
        }
        await(() -> vm.unacknowledged() == 0);
        assertThat(devices(vm).writes).isEqualTo(20);
        assertThat(devices(vm).reads).isEqualTo(20);
    }

    @Test
    void restartedServiceContinuesFromTheJournal() throws Exception {
        FakeTenantVm vm = hypervisor.addTenantVm();
        vm.write(0, EchoDevices.LINE, (byte) 1);
        vm.write(0, EchoDevices.DATA, (byte) 7);
        await(() -> vm.unacknowledged() == 0);

        restart();

        await(() -> factory.devices.containsKey(vm.id()));
        assertThat(vm.read(0, EchoDevices.DATA).get(5, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(devices(vm).sum).isEqualTo(7);
        await(() -> vm.edges(4) == 2);
        assertThat(events.alarms).isEmpty();
    }

    @Test
    void journalBehindTheHostRaisesAnAlarmAndStartsAnew() throws Exception {
        FakeTenantVm vm = hypervisor.addTenantVm();
        vm.write(0, EchoDevices.DATA, (byte) 7);
        await(() -> vm.unacknowledged() == 0);
        vm.pretend(100, 100);

        restart();

        await(() -> !events.alarms.isEmpty());
        assertThat(events.alarms.getFirst().kind()).isEqualTo(HostAlarm.Kind.JOURNAL_INCONSISTENT);
        assertThat(events.alarms.getFirst().evidence1()).isEqualTo(100);
        vm.write(0, EchoDevices.DATA, (byte) 1);
        await(() -> vm.unacknowledged() == 0);
        assertThat(devices(vm).writes).isEqualTo(1);
    }

    @Test
    void damagedJournalRaisesAnAlarmAndStartsAnew() throws Exception {
        FakeTenantVm vm = hypervisor.addTenantVm();
        vm.write(0, EchoDevices.DATA, (byte) 7);
        await(() -> vm.unacknowledged() == 0);
        host.close();
        Path journal;
        try (var files = Files.list(directory.resolve("state"))) {
            journal = files.filter(file -> file.toString().endsWith(".journal"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(journal);
        java.util.Arrays.fill(bytes, 4096, bytes.length, (byte) 0x5a);
        Files.write(journal, bytes);

        restart();

        await(() -> !events.alarms.isEmpty());
        assertThat(events.alarms.getFirst().kind()).isEqualTo(HostAlarm.Kind.JOURNAL_UNUSABLE);
        vm.write(0, EchoDevices.DATA, (byte) 1);
        await(() -> vm.unacknowledged() == 0);
    }

    @Test
    void failingDeviceHoldsItsVmAndNoOther() throws Exception {
        FakeTenantVm bad = hypervisor.addTenantVm();
        FakeTenantVm good = hypervisor.addTenantVm();

        bad.write(0, EchoDevices.FAULT, (byte) 1);
        bad.write(0, EchoDevices.DATA, (byte) 1);

        assertThat(good.read(0, EchoDevices.DATA).get(5, TimeUnit.SECONDS)).isZero();
        assertThat(bad.unacknowledged()).isEqualTo(2);
        assertThat(events.alarms).extracting(HostAlarm::kind).containsExactly(HostAlarm.Kind.DEVICE_FAILED);
    }

    @Test
    void journalsOfGoneVmsAndOldInstancesAreRemoved() throws Exception {
        FakeTenantVm stays = hypervisor.addTenantVm();
        FakeTenantVm leaves = hypervisor.addTenantVm();
        await(() -> journals() == 2);

        leaves.disappear();
        await(() -> journals() == 1);
        assertThat(host.tenantVm(key(leaves))).isEmpty();
        assertThat(host.tenantVm(key(stays))).isPresent();

        hypervisor.renewInstance();
        await(() -> journals() == 0 && host.tenantVms().isEmpty());
    }

    @Test
    void pauseCompletesWhenTheHostReportsIt() throws Exception {
        FakeTenantVm vm = hypervisor.addTenantVm();

        assertThat(host.pause(key(vm)).get(5, TimeUnit.SECONDS).paused()).isTrue();
        assertThat(host.resume(key(vm)).get(5, TimeUnit.SECONDS).paused()).isFalse();
        assertThat(host.resume(key(vm)).get(5, TimeUnit.SECONDS).paused()).isFalse();
    }

    @Test
    void commandsFailWithAReason() {
        FakeTenantVm vm = hypervisor.addTenantVm();

        assertThatThrownBy(() ->
                        host.pause(new TenantVmKey(hypervisor.instance(), 99)).get())
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        CloudHostException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloudHostException.Reason.UNKNOWN_VM));
        assertThatThrownBy(() -> host.claimPorts(key(vm), 0xdead, 1, true).get())
                .hasRootCauseInstanceOf(CloudHostException.class)
                .hasMessageContaining("34");
    }

    @Test
    void countersAndClaimsAreAnswered() throws Exception {
        FakeTenantVm vm = hypervisor.addTenantVm();
        vm.write(0, EchoDevices.DATA, (byte) 1);

        TenantVmCounters counters = host.counters(key(vm)).get(5, TimeUnit.SECONDS);

        assertThat(counters.value(HypervisorCounter.PORT_WRITES)).isEqualTo(1);
        assertThat(host.counters().get(5, TimeUnit.SECONDS).value(HypervisorCounter.ALARMS))
                .isZero();
        host.claimPorts(key(vm), 0x2f8, 8, true).get(5, TimeUnit.SECONDS);
    }

    @Test
    void secondProcessIsKeptOutOfTheStateDirectory() {
        CloudHost second = newHost();
        assertThatThrownBy(second::start)
                .isInstanceOfSatisfying(
                        JournalException.class, e -> assertThat(e.reason()).isEqualTo(JournalException.Reason.LOCKED));
    }
}
