// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import static dev.umbra.cloudhypervisor.CloudHostTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.cloudhypervisor.fake.FakeHypervisor;
import dev.umbra.cloudhypervisor.fake.FakeTenantVm;
import dev.umbra.cloudhypervisor.journal.JournalException;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.PortClaim;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimedMemoryTest {
    @TempDir
    Path directory;

    private FakeHypervisor hypervisor = new FakeHypervisor();
    private EchoDevices.Factory factory = new EchoDevices.Factory();
    private CloudHost host;
    private FakeTenantVm vm;

    @BeforeEach
    void start() throws JournalException {
        open();
        vm = hypervisor.addTenantVm();
        await(() -> vm.memoryClaimed(EchoDevices.WINDOW));
    }

    @AfterEach
    void stop() {
        host.close();
    }

    @Test
    void claimsAreMadeForANewVm() {
        assertThat(vm.portClaim(EchoDevices.OBSERVED)).isEqualTo(PortClaim.OBSERVED);
        assertThat(vm.portClaim(EchoDevices.OBSERVED + 7)).isEqualTo(PortClaim.OBSERVED);
        assertThat(vm.portClaim(EchoDevices.OBSERVED + 8)).isEqualTo(PortClaim.NONE);
        assertThat(vm.portClaim(EchoDevices.CALL)).isEqualTo(PortClaim.REGISTER_CALL);
        assertThat(vm.memoryClaimed(EchoDevices.WINDOW + 0x1ffff)).isTrue();
        assertThat(vm.memoryClaimed(EchoDevices.WINDOW + 0x20000)).isFalse();
        assertThat(vm.memoryClaimed(0)).isFalse();
    }

    @Test
    void storesAndLoadsReachTheDevice() throws Exception {
        vm.writeMemory(0, EchoDevices.WINDOW, 2, (byte) 1, (byte) 0, (byte) 2, (byte) 1);

        byte[] read = vm.readMemory(0, EchoDevices.WINDOW + 4, 4, 2).get(5, TimeUnit.SECONDS);

        assertThat(read).containsExactly(4, 0, 0xa, 0, 8, 0, 0xa, 0);
        assertThat(devices().writes).isEqualTo(2);
        assertThat(devices().sum).isEqualTo(1 + 0x102);
        await(() -> vm.unacknowledged() == 0);
    }

    @Test
    void copyIsALoadAndAStoreEach() {
        vm.copyMemory(0, EchoDevices.WINDOW, EchoDevices.WINDOW + 0x100, 4, 3);

        await(() -> vm.unacknowledged() == 0);
        assertThat(devices().reads).isEqualTo(3);
        assertThat(devices().sum).isEqualTo(3 * EchoDevices.WINDOW + 12);
    }

    @Test
    void observationsAndRegisterCallsReachTheDevice() throws Exception {
        vm.observe(0, EchoDevices.OBSERVED, 4, true, 0x8000);

        assertThat(vm.registerCall(0, EchoDevices.CALL, 0x564d5868, -2, 3, 4).get(5, TimeUnit.SECONDS))
                .containsExactly(4, 3, -2, 0x564d5868);
        assertThat(devices().sum).isEqualTo(0x8000);
        assertThat(devices().reads).isEqualTo(1);
    }

    @Test
    void questionsThatComeAgainAreAnsweredFromTheJournal() throws Exception {
        CompletableFuture<byte[]> read = vm.readMemory(0, EchoDevices.WINDOW, 1, 1);
        assertThat(read.get(5, TimeUnit.SECONDS)).containsExactly(0);
        assertThat(devices().reads).isEqualTo(1);
        vm.loseAnswers();
        CompletableFuture<byte[]> again = vm.readMemory(0, EchoDevices.WINDOW + 0x55, 1, 1);
        CompletableFuture<int[]> call = vm.registerCall(1, EchoDevices.CALL, 1, 2, 3, 4);
        await(() -> devices().reads == 3);

        restart();

        assertThat(again.get(5, TimeUnit.SECONDS)).containsExactly(0x55);
        assertThat(call.get(5, TimeUnit.SECONDS)).containsExactly(4, 3, 2, 1);
        assertThat(devices().reads).isEqualTo(3);
    }

    @Test
    void movedWindowIsClaimedWhereItWasAfterARestart() throws Exception {
        vm.writeMemory(0, EchoDevices.MOVE, 8, bytes(0xfeb0_0000L));
        await(() -> vm.memoryClaimed(0xfeb0_0000L) && !vm.memoryClaimed(EchoDevices.WINDOW));

        restart();
        int before = hypervisor.received().size();
        hypervisor.breakConnection();

        await(() -> hypervisor.received().stream().skip(before).anyMatch(Frame.ClaimPorts.class::isInstance));
        await(() -> vm.memoryClaimed(0xfeb0_0000L) && !vm.memoryClaimed(EchoDevices.WINDOW));
        assertThat(vm.portClaim(EchoDevices.CALL)).isEqualTo(PortClaim.REGISTER_CALL);
    }

    private static byte[] bytes(long value) {
        byte[] bytes = new byte[8];
        for (int index = 0; index < 8; index++) {
            bytes[index] = (byte) (value >>> 8 * index);
        }
        return bytes;
    }

    private void restart() throws JournalException {
        hypervisor.kill();
        host.close();
        hypervisor = hypervisor.reopen();
        factory = new EchoDevices.Factory();
        open();
        await(() -> devices() != null);
    }

    private void open() throws JournalException {
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
        host = new CloudHost(
                hypervisor,
                configuration,
                factory,
                new NobodyKnown(),
                new CloudHostListener() {},
                InstantSource.system());
        host.start();
    }

    private EchoDevices devices() {
        return factory.devices.get(vm.id());
    }

    static final class NobodyKnown implements IdentityAuthority {
        @Override
        public Optional<VmIdentity> identityOf(TenantVmKey known) {
            return Optional.empty();
        }

        @Override
        public EnrolmentResult enrol(TenantVmKey known, byte[] secret, int privilege) {
            return EnrolmentResult.REFUSED;
        }

        @Override
        public String serviceName() {
            return "nobody";
        }
    }
}
