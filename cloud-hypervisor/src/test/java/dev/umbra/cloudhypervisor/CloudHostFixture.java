// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.cloudhypervisor.fake.FakeHypervisor;
import dev.umbra.cloudhypervisor.fake.FakeTenantVm;
import dev.umbra.cloudhypervisor.journal.JournalException;
import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.UltracallFunction;
import dev.umbra.ultracall.UltracallRegisters;
import dev.umbra.ultracall.UltracallStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A host with echo devices on a fake hypervisor, an authority that knows one secret, and what was told. */
abstract class CloudHostFixture {
    static final UltracallRegisters SECRET = new UltracallRegisters(1, 2, 3, 4);

    @TempDir
    Path directory;

    final FakeAuthority authority = new FakeAuthority();
    final Events events = new Events();
    FakeHypervisor hypervisor = new FakeHypervisor();
    EchoDevices.Factory factory = new EchoDevices.Factory();
    Instant now = Instant.EPOCH;
    CloudHost host;

    @BeforeEach
    void start() throws JournalException {
        host = newHost();
        host.start();
    }

    @AfterEach
    void stop() {
        host.close();
    }

    void restart() throws JournalException {
        hypervisor.kill();
        host.close();
        hypervisor = hypervisor.reopen();
        factory = new EchoDevices.Factory();
        host = newHost();
        host.start();
    }

    CloudHost newHost() {
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

    TenantVmKey key(FakeTenantVm vm) {
        return new TenantVmKey(hypervisor.instance(), vm.id());
    }

    EchoDevices devices(FakeTenantVm vm) {
        return factory.devices.get(vm.id());
    }

    long journals() {
        try (var files = Files.list(directory.resolve("state"))) {
            return files.filter(file -> file.toString().endsWith(".journal")).count();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static Frame.UltracallReply call(FakeTenantVm vm, UltracallFunction function, UltracallRegisters arguments)
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
    static final class FakeAuthority implements IdentityAuthority {
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

    static final class Events implements CloudHostListener {
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
