// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import static dev.umbra.cloudhypervisor.CloudHostTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.cloudhypervisor.CloudHostException.Reason;
import dev.umbra.cloudhypervisor.PausedMoment.End;
import dev.umbra.cloudhypervisor.fake.FakeHypervisor;
import dev.umbra.cloudhypervisor.fake.FakeTenantVm;
import dev.umbra.cloudhypervisor.journal.JournalException;
import dev.umbra.ultracall.Frame;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pauses for a moment, and the registers that are read in them. */
class PausedMomentTest {
    private static final Duration BOUND = Duration.ofSeconds(5);

    @TempDir
    Path directory;

    private final FakeHypervisor hypervisor = new FakeHypervisor();
    private CloudHost host;
    private FakeTenantVm vm;

    @BeforeEach
    void start() throws JournalException {
        open(Duration.ofSeconds(5));
    }

    @AfterEach
    void stop() {
        host.close();
    }

    @Test
    void aMomentHoldsTheVmAndTellsHowLong() throws Exception {
        PausedMoment paused = pause();
        try (paused) {
            assertThat(vm.momentInForce()).isTrue();
            assertThat(paused.inForce()).isTrue();
            assertThat(paused.vm()).isEqualTo(key());
            assertThat(paused.settling()).isEqualTo(Duration.ofNanos(1_000));
            assertThat(paused.heldNanos()).isZero();
        }
        assertThat(vm.momentInForce()).isFalse();
        assertThat(paused.inForce()).isFalse();
        assertThat(paused.outcome()).contains(new PausedMoment.Outcome(End.RESUMED, Duration.ofNanos(3_000)));
        assertThat(paused.heldNanos()).isEqualTo(3_000);
    }

    @Test
    void closingTwiceResumesOnce() throws Exception {
        PausedMoment paused = pause();
        paused.close();
        paused.close();
        assertThat(paused.resume().get(5, TimeUnit.SECONDS).end()).isEqualTo(End.RESUMED);
        assertThat(hypervisor.received(Frame.Resume.class)).hasSize(1);
    }

    @Test
    void theBoundIsSentAndChecked() throws Exception {
        pause().close();
        assertThat(hypervisor.received(Frame.Pause.class).getLast().boundMillis())
                .isEqualTo(5_000);
        assertThatThrownBy(() -> host.pauseForMoment(key(), Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> host.pauseForMoment(key(), Duration.ofSeconds(61)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aMomentThatExpiresSaysSo() throws Exception {
        PausedMoment paused = pause();
        vm.expire();
        await(() -> !paused.inForce());
        paused.close();
        assertThat(paused.outcome().orElseThrow().end()).isEqualTo(End.EXPIRED);
        assertThat(hypervisor.received(Frame.Resume.class)).isEmpty();
    }

    @Test
    void twoAtATimeAreRefusedAndOneAfterTheOtherIsNot() throws Exception {
        PausedMoment first = pause();
        assertRefused(host.pauseForMoment(key(), BOUND), Reason.REJECTED);
        first.close();
        pause().close();
    }

    @Test
    void theLastingPauseIsAnother() throws Exception {
        PausedMoment paused = pause();
        assertThat(host.pause(key()).get(5, TimeUnit.SECONDS).paused()).isTrue();
        paused.close();
        assertThat(host.tenantVm(key()).orElseThrow().paused()).isTrue();
        assertThat(host.resume(key()).get(5, TimeUnit.SECONDS).paused()).isFalse();
    }

    @Test
    void aLostConnectionEndsIt() throws Exception {
        PausedMoment paused = pause();
        vm.holdAtOnce(false);
        FakeTenantVm other = hypervisor.addTenantVm();
        other.holdAtOnce(false);
        CompletableFuture<PausedMoment> waiting = host.pauseForMoment(key(other), BOUND);
        await(() -> other.momentInForce());

        hypervisor.breakConnection();

        assertRefused(waiting, Reason.NOT_ATTACHED);
        await(() -> !paused.inForce());
        paused.close();
        assertThat(paused.outcome()).contains(PausedMoment.Outcome.LOST);
        assertThat(paused.heldNanos()).isZero();
    }

    @Test
    void aVmThatDisappearsEndsIt() throws Exception {
        PausedMoment paused = pause();
        vm.disappear();
        await(() -> !paused.inForce());
        assertThat(paused.outcome()).contains(PausedMoment.Outcome.LOST);
    }

    @Test
    void aVmThatIsNotHeldInTimeIsResumed() throws Exception {
        host.close();
        FakeHypervisor again = hypervisor.reopen();
        open(again, Duration.ofMillis(50));
        FakeTenantVm slow = again.addTenantVm();
        await(() -> host.tenantVm(new TenantVmKey(again.instance(), slow.id())).isPresent());
        slow.holdAtOnce(false);

        assertRefused(host.pauseForMoment(key(slow), BOUND), Reason.TIMED_OUT);

        await(() -> !slow.momentInForce());
        assertThat(again.received(Frame.Resume.class)).hasSize(1);
    }

    @Test
    void aMomentNobodyWantsAnyMoreIsResumed() {
        vm.holdAtOnce(false);
        CompletableFuture<PausedMoment> unwanted = host.pauseForMoment(key(), BOUND);
        await(() -> vm.momentInForce());
        unwanted.cancel(false);
        vm.hold();
        await(() -> !vm.momentInForce());
    }

    @Test
    void registersAreExactWhileHeld() throws Exception {
        List<VcpuRegisters> running = host.readVcpus(key()).get(5, TimeUnit.SECONDS);
        assertThat(running).extracting(VcpuRegisters::vcpu).containsExactly(0, 1);
        assertThat(running).noneMatch(VcpuRegisters::exact);
        assertThat(running.getFirst())
                .isEqualTo(new VcpuRegisters(
                        0,
                        0x80050033L,
                        0x1000,
                        0x6f0,
                        0xd01,
                        0x10,
                        0x20,
                        0xfff,
                        0x30,
                        0x40,
                        0x50,
                        0x60,
                        0x70,
                        3,
                        false));

        try (PausedMoment paused = pause()) {
            List<VcpuRegisters> held = host.readVcpus(paused.vm()).get(5, TimeUnit.SECONDS);
            assertThat(held).extracting(VcpuRegisters::exact).containsExactly(true, false);
        }
    }

    @Test
    void registersOfTheCloudVmItselfAreItsOwn() throws Exception {
        CloudVmKey cloudVm = new CloudVmKey(hypervisor.instance(), 1);

        List<VcpuRegisters> own = host.readVcpus(cloudVm).get(5, TimeUnit.SECONDS);

        assertThat(own).extracting(VcpuRegisters::vcpu).containsExactly(4);
        assertThat(own.getFirst().lstar()).isEqualTo(0x90);
        assertThat(own.getFirst().exact()).isFalse();
        assertThat(host.readVcpus(key()).get(5, TimeUnit.SECONDS)).hasSize(2);
    }

    @Test
    void registersOfAnUnknownCloudVmAreRefused() {
        assertRefused(host.readVcpus(new CloudVmKey(hypervisor.instance(), 2)), Reason.UNKNOWN_VM);
        assertRefused(host.readVcpus(new CloudVmKey(UUID.randomUUID(), 1)), Reason.UNKNOWN_VM);
    }

    @Test
    void aLaterAnswerAnswersBoth() throws Exception {
        vm.answerVcpus(false);
        CompletableFuture<List<VcpuRegisters>> first = host.readVcpus(key());
        host.counters(key()).get(5, TimeUnit.SECONDS);
        vm.answerVcpus(true);
        assertThat(host.readVcpus(key()).get(5, TimeUnit.SECONDS)).hasSize(2);
        assertThat(first.get(5, TimeUnit.SECONDS)).hasSize(2);
    }

    @Test
    void registersOfAnUnknownVmAreRefused() {
        assertRefused(host.readVcpus(new TenantVmKey(hypervisor.instance(), 99)), Reason.UNKNOWN_VM);
    }

    @Test
    void registersAskedForWhenTheConnectionBreaksAreRefused() throws Exception {
        vm.answerVcpus(false);
        CompletableFuture<List<VcpuRegisters>> waiting = host.readVcpus(key());
        host.counters(key()).get(5, TimeUnit.SECONDS);
        hypervisor.breakConnection();
        assertRefused(waiting, Reason.NOT_ATTACHED);
    }

    private static void assertRefused(CompletableFuture<?> result, Reason reason) {
        assertThatThrownBy(() -> result.get(5, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        CloudHostException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    private PausedMoment pause() throws Exception {
        return host.pauseForMoment(key(), BOUND).get(5, TimeUnit.SECONDS);
    }

    private TenantVmKey key() {
        return key(vm);
    }

    private TenantVmKey key(FakeTenantVm of) {
        return new TenantVmKey(hypervisor.instance(), of.id());
    }

    private void open(Duration timeout) throws JournalException {
        open(hypervisor, timeout);
        vm = hypervisor.addTenantVm();
        await(() -> host.tenantVm(key()).isPresent());
    }

    private void open(FakeHypervisor link, Duration timeout) throws JournalException {
        CloudHostConfiguration configuration = new CloudHostConfiguration(
                directory.resolve("state"),
                Optional.empty(),
                Optional.empty(),
                Duration.ofSeconds(5),
                timeout,
                256,
                5,
                50,
                Duration.ofSeconds(10));
        host = new CloudHost(
                link,
                configuration,
                new EchoDevices.Factory(),
                new ClaimedMemoryTest.NobodyKnown(),
                new CloudHostListener() {},
                InstantSource.system());
        host.start();
        await(host::attached);
    }
}
