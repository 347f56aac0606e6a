// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import static dev.umbra.cloudhypervisor.CloudHostTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.cloudhypervisor.fake.FakeHypervisor;
import dev.umbra.cloudhypervisor.fake.FakeTenantVm;
import dev.umbra.cloudhypervisor.journal.JournalException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tenant that is reset finds its devices reset, once, and between the right accesses. */
class ResetTest {
    @TempDir
    Path directory;

    private FakeHypervisor hypervisor = new FakeHypervisor();
    private EchoDevices.Factory factory = new EchoDevices.Factory();
    private FakeTenantVm vm;
    private CloudHost host;

    @BeforeEach
    void start() throws JournalException {
        host = newHost();
        vm = hypervisor.addTenantVm();
        await(() -> factory.devices.containsKey(vm.id()));
    }

    @AfterEach
    void stop() {
        host.close();
    }

    @Test
    void reset_betweenAccesses_separatesThem() {
        hypervisor.batch(() -> {
            vm.write(0, EchoDevices.LINE, (byte) 1);
            vm.write(0, EchoDevices.DATA, (byte) 7);
            vm.reset();
            vm.write(0, EchoDevices.DATA, (byte) 3);
        });

        await(() -> vm.unacknowledged() == 0);
        assertThat(devices().resets).isOne();
        assertThat(devices().sum).isEqualTo(3);
        await(() -> !vm.line(4));
    }

    /** The report overtakes what the VM did before, as it does when the service reads late. */
    @Test
    void reset_reportedBeforeAccessesOfTheOldRun_waitsForThem() throws Exception {
        hypervisor.batch(() -> {
            hypervisor.breakConnection();
            vm.write(0, EchoDevices.DATA, (byte) 7);
            vm.reset();
        });

        await(() -> vm.unacknowledged() == 0);
        assertThat(vm.read(0, EchoDevices.DATA).get(5, TimeUnit.SECONDS)).isZero();
        assertThat(devices().sum).isZero();
        assertThat(devices().resets).isOne();
    }

    @Test
    void reset_ofAnIdleVm_isCommittedAtOnce() throws Exception {
        vm.write(0, EchoDevices.DATA, (byte) 7);
        await(() -> vm.unacknowledged() == 0);

        vm.reset();

        await(() -> devices().resets == 1);
        assertThat(host.statistics().get(HostCounter.DEVICES_RESET)).isOne();
        restart();
        assertThat(vm.read(0, EchoDevices.DATA).get(5, TimeUnit.SECONDS)).isZero();
        assertThat(devices().resets).isZero();
    }

    @Test
    void reset_whileTheServiceIsAway_isMadeUpFor() throws Exception {
        vm.write(0, EchoDevices.DATA, (byte) 7);
        await(() -> vm.unacknowledged() == 0);

        hypervisor.batch(() -> {
            hypervisor.kill();
            vm.reset();
            vm.reset();
        });
        restart();

        await(() -> devices().resets == 1);
        assertThat(devices().sum).isZero();
    }

    private void restart() throws JournalException {
        host.close();
        hypervisor = hypervisor.reopen();
        factory = new EchoDevices.Factory();
        host = newHost();
        await(() -> factory.devices.containsKey(vm.id()));
    }

    private EchoDevices devices() {
        return factory.devices.get(vm.id());
    }

    private CloudHost newHost() throws JournalException {
        CloudHost made = new CloudHost(
                hypervisor,
                CloudHostConfiguration.defaults(directory.resolve("state")),
                factory,
                new ClaimedMemoryTest.NobodyKnown(),
                new CloudHostListener() {});
        made.start();
        return made;
    }
}
