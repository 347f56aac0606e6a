// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.cloudhypervisor.fake.FakeTenantVm;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.UltracallFunction;
import dev.umbra.ultracall.UltracallRegisters;
import dev.umbra.ultracall.UltracallStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What tenants and cloud VMs are answered when they ask for themselves. */
class UltracallServiceTest extends CloudHostFixture {
    @Test
    void tenantLearnsWhoItIs() throws Exception {
        FakeTenantVm vm = hypervisor.addTenantVm();

        UltracallRegisters version =
                call(vm, UltracallFunction.VERSION, UltracallRegisters.ZERO).results();
        assertThat(version).isEqualTo(new UltracallRegisters(1, 3, 0x41424d55, 0));
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
}
