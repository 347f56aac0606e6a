// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.cloudhypervisor.fake.FakeHypervisor;
import dev.umbra.cloudhypervisor.fake.FakeTenantVm;
import dev.umbra.cloudhypervisor.journal.JournalException;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.HypervisorCounter;
import dev.umbra.ultracall.UltracallFunction;
import dev.umbra.ultracall.UltracallRegisters;
import dev.umbra.ultracall.UltracallStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CloudHostTest {
    private static final UltracallRegisters SECRET = new UltracallRegisters(1, 2, 3, 4);

    @TempDir
    Path directory;

    private final FakeAuthority authority = new FakeAuthority();
    private final Events events = new Events();
    private FakeHypervisor hypervisor = new FakeHypervisor();
    private EchoDevices.Factory factory = new EchoDevices.Factory();
    private Instant now = Instant.EPOCH;
    private CloudHost host;

    @BeforeEach
    void start() throws JournalException {
        host = newHost();
        host.start();
    }

    @AfterEach
    void stop() {
        host.close();
    }

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
    void tenantLearnsWhoItIs() throws Exception {
        FakeTenantVm vm = hypervisor.addTenantVm();

        UltracallRegisters version =
                call(vm, UltracallFunction.VERSION, UltracallRegisters.ZERO).results();
        assertThat(version).isEqualTo(new UltracallRegisters(1, 2, 0x41424d55, 0));
        assertThat(call(vm, UltracallFunction.IDENTITY, UltracallRegisters.ZERO).results())
                .isEqualTo(new UltracallRegisters(1, 1, 0, 0));
        assertThat(call(vm, UltracallFunction.ECHO, SECRET).results()).isEqualTo(SECRET);
        assertThat(call(vm, UltracallFunction.NAME, UltracallRegisters.ZERO).results())
                .isEqualTo(UltracallRegisters.ZERO);

        Frame.UltracallReply enrolled = call(vm, UltracallFunction.ENROL, SECRET);

        assertThat(enrolled.status()).isEqualTo(UltracallStatus.OK.value());
        assertThat(enrolled.results()).isEqualTo(new UltracallRegisters(1, 1, 1, 0));
        assertThat(call(vm, UltracallFunction.NAME, UltracallRegisters.ZERO)
                        .results()
                        .rcx())
                .isEqualTo(0x62_6577L);
        assertThat(call(vm, UltracallFunction.NAME, new UltracallRegisters(9999, 0, 0, 0))
                        .status())
                .isEqualTo(UltracallStatus.INVALID_ARGUMENT.value());
        assertThat(call(vm, UltracallFunction.SERVICE, UltracallRegisters.ZERO)
                        .results()
                        .rcx())
                .isEqualTo(0x72_6264_6d75L);
        assertThat(vm.ultracall(0, 77, SECRET).get(5, TimeUnit.SECONDS).status())
                .isEqualTo(UltracallStatus.UNKNOWN_FUNCTION.value());
        assertThat(events.enrolments).containsExactly(UltracallStatus.OK);
    }

    @Test
    void guessingIsRateLimitedAndReportedOnce() throws Exception {
        FakeTenantVm vm = hypervisor.addTenantVm();
        List<Long> statuses = new ArrayList<>();
        for (int attempt = 0; attempt < 9; attempt++) {
            statuses.add(
                    call(vm, UltracallFunction.ENROL, UltracallRegisters.ZERO).status());
        }

        assertThat(statuses.subList(0, 5)).containsOnly(UltracallStatus.REFUSED.value());
        assertThat(statuses.subList(5, 9)).containsOnly(UltracallStatus.RATE_LIMITED.value());
        assertThat(events.enrolments).hasSize(6).endsWith(UltracallStatus.RATE_LIMITED);

        now = now.plusSeconds(10);
        assertThat(call(vm, UltracallFunction.ENROL, SECRET).status()).isEqualTo(UltracallStatus.OK.value());
    }

    @Test
    void slowAuthorityHoldsOnlyTheCallingProcessor() throws Exception {
        FakeTenantVm vm = hypervisor.addTenantVm();
        authority.gate = new CountDownLatch(1);

        var enrolling = vm.ultracall(0, UltracallFunction.ENROL, SECRET);
        vm.write(1, EchoDevices.DATA, (byte) 5);
        assertThat(vm.read(1, EchoDevices.DATA).get(5, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(enrolling).isNotDone();
        authority.gate.countDown();

        assertThat(enrolling.get(5, TimeUnit.SECONDS).status()).isEqualTo(UltracallStatus.OK.value());
    }

    @Test
    void enrolmentInterruptedAfterTheYesIsStillAYes() throws Exception {
        FakeTenantVm vm = hypervisor.addTenantVm();
        authority.gate = new CountDownLatch(1);
        authority.gateAfter = true;
        var enrolling = vm.ultracall(0, UltracallFunction.ENROL, SECRET);
        await(() -> authority.enrolled.contains(key(vm)));

        restart();
        authority.gate.countDown();

        assertThat(enrolling.get(5, TimeUnit.SECONDS).status()).isEqualTo(UltracallStatus.OK.value());
    }

    @Test
    void cloudVmMayAskForNothingButTheVersion() {
        for (UltracallFunction function : UltracallFunction.values()) {
            hypervisor.sendToService(new Frame.Ultracall(
                    new dev.umbra.ultracall.FrameHeader(function.ordinal() + 1, 0, 1, 0),
                    Frame.Origin.CLOUD,
                    0,
                    function.ordinal(),
                    SECRET));
        }

        await(() -> hypervisor.received(Frame.UltracallReply.class).size() == 6);
        assertThat(hypervisor.received(Frame.UltracallReply.class))
                .extracting(Frame.UltracallReply::status)
                .containsExactly(
                        UltracallStatus.OK.value(),
                        UltracallStatus.NOT_PERMITTED.value(),
                        UltracallStatus.NOT_PERMITTED.value(),
                        UltracallStatus.NOT_PERMITTED.value(),
                        UltracallStatus.NOT_PERMITTED.value(),
                        UltracallStatus.OK.value());
    }

    @Test
    void secondProcessIsKeptOutOfTheStateDirectory() {
        CloudHost second = newHost();
        assertThatThrownBy(second::start)
                .isInstanceOfSatisfying(
                        JournalException.class, e -> assertThat(e.reason()).isEqualTo(JournalException.Reason.LOCKED));
    }

    private void restart() throws JournalException {
        hypervisor.kill();
        host.close();
        hypervisor = hypervisor.reopen();
        factory = new EchoDevices.Factory();
        host = newHost();
        host.start();
    }

    private CloudHost newHost() {
        InstantSource clock = () -> now;
        CloudHostConfiguration defaults = CloudHostConfiguration.defaults(directory.resolve("state"));
        CloudHostConfiguration configuration = new CloudHostConfiguration(
                defaults.stateDirectory(),
                Optional.empty(),
                Optional.empty(),
                Duration.ofMillis(200),
                defaults.commandTimeout(),
                defaults.maximumTenantVms(),
                defaults.enrolmentsPerVm(),
                defaults.enrolmentsPerHost(),
                defaults.enrolmentInterval());
        return new CloudHost(hypervisor, configuration, factory, authority, events, clock);
    }

    private TenantVmKey key(FakeTenantVm vm) {
        return new TenantVmKey(hypervisor.instance(), vm.id());
    }

    private EchoDevices devices(FakeTenantVm vm) {
        return factory.devices.get(vm.id());
    }

    private long journals() {
        try (var files = Files.list(directory.resolve("state"))) {
            return files.filter(file -> file.toString().endsWith(".journal")).count();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Frame.UltracallReply call(FakeTenantVm vm, UltracallFunction function, UltracallRegisters arguments)
            throws Exception {
        return vm.ultracall(0, function, arguments).get(5, TimeUnit.SECONDS);
    }

    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    /** Knows one secret. */
    private static final class FakeAuthority implements IdentityAuthority {
        final List<TenantVmKey> enrolled = new CopyOnWriteArrayList<>();
        volatile CountDownLatch gate = new CountDownLatch(0);
        volatile boolean gateAfter;

        @Override
        public Optional<VmIdentity> identityOf(TenantVmKey vm) {
            return enrolled.contains(vm) ? Optional.of(new VmIdentity("a", "web")) : Optional.empty();
        }

        @Override
        public EnrolmentResult enrol(TenantVmKey vm, byte[] secret, int privilege) {
            if (!gateAfter) {
                pass();
            }
            EnrolmentResult result;
            if (enrolled.contains(vm)) {
                result = EnrolmentResult.ALREADY_ENROLLED;
            } else if (secret[0] == 1 && secret[24] == 4) {
                enrolled.add(vm);
                result = EnrolmentResult.ENROLLED;
            } else {
                result = EnrolmentResult.REFUSED;
            }
            if (gateAfter) {
                pass();
            }
            return result;
        }

        private void pass() {
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public String serviceName() {
            return "umdbr";
        }
    }

    private static final class Events implements CloudHostListener {
        final List<String> seen = new CopyOnWriteArrayList<>();
        final List<HostAlarm> alarms = new CopyOnWriteArrayList<>();
        final List<UltracallStatus> enrolments = new CopyOnWriteArrayList<>();

        @Override
        public void attached(UUID hostInstance) {
            seen.add("attached");
        }

        @Override
        public void tenantVmAppeared(TenantVm vm) {
            seen.add("appeared " + vm.key().tenantVm());
        }

        @Override
        public void alarm(HostAlarm alarm) {
            alarms.add(alarm);
        }

        @Override
        public void enrolment(TenantVm vm, UltracallStatus status, int privilege) {
            enrolments.add(status);
        }
    }
}
