// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import dev.umbra.ultracall.FrameReader;
import dev.umbra.ultracall.FrameWriter;
import dev.umbra.ultracall.Protocol;
import dev.umbra.ultracall.UltracallFunction;
import dev.umbra.ultracall.UltracallRegisters;
import dev.umbra.ultracall.UltracallStatus;
import dev.umbra.ultracall.link.HypervisorLink;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what virtual machines ask for themselves. What this process knows is answered on the loop; what the
 * {@link IdentityAuthority} knows is asked on a virtual thread, since a database or a hash must not hold up other
 * VMs, and the answer returns to the loop.
 *
 * <p>An enrolment is not repeatable by itself: a process killed between the authority's yes and the answer would be
 * told "already enrolled" on its second attempt, and so would the tenant. Hence the journal notes, before the
 * authority is asked, that the VM was unclaimed; "already enrolled" then means that the lost attempt succeeded.
 */
final class UltracallService {
    private static final Logger LOG = LoggerFactory.getLogger(UltracallService.class);
    private static final int TEXT_MAXIMUM = 256;
    private static final int TEXT_PART = 4 * Long.BYTES;
    private static final Duration RETRY = Duration.ofMillis(10);

    private final HypervisorLink link;
    private final IdentityAuthority authority;
    private final CloudHostConfiguration configuration;
    private final HostCounters counters;
    private final EnrolmentObserver observer;
    private final InstantSource clock;
    private final TokenBucket enrolmentsOfHost;
    private volatile boolean closed;

    UltracallService(
            HypervisorLink link,
            IdentityAuthority authority,
            CloudHostConfiguration configuration,
            HostCounters counters,
            EnrolmentObserver observer,
            InstantSource clock) {
        this.link = link;
        this.authority = authority;
        this.configuration = configuration;
        this.counters = counters;
        this.observer = observer;
        this.clock = clock;
        this.enrolmentsOfHost = new TokenBucket(
                clock,
                configuration.enrolmentsPerHost(),
                configuration
                        .enrolmentInterval()
                        .multipliedBy(configuration.enrolmentsPerVm())
                        .dividedBy(configuration.enrolmentsPerHost()));
    }

    /** Hears of every attempt that is decided, on the loop; of a row of rate-limited ones only the first. */
    @FunctionalInterface
    interface EnrolmentObserver {
        void decided(TenantVmKey vm, UltracallStatus status, int privilege);
    }

    /** What an ultracall returns. */
    record Answer(UltracallStatus status, UltracallRegisters results) {
        static Answer failure(UltracallStatus status) {
            return new Answer(status, UltracallRegisters.ZERO);
        }
    }

    EnrolmentLimit limitOfVm() {
        return new EnrolmentLimit(
                new TokenBucket(clock, configuration.enrolmentsPerVm(), configuration.enrolmentInterval()));
    }

    void close() {
        closed = true;
    }

    static UltracallRegisters arguments(FrameReader frame) {
        return new UltracallRegisters(frame.argument(0), frame.argument(1), frame.argument(2), frame.argument(3));
    }

    /** Whether a function has to be asked of the authority, off the loop; false for no function. */
    static boolean asksAuthority(UltracallFunction function) {
        return function == UltracallFunction.IDENTITY
                || function == UltracallFunction.NAME
                || function == UltracallFunction.ENROL;
    }

    /** Answers a function of a tenant that needs no authority; null is an unknown one. */
    Answer answer(UltracallFunction function, UltracallRegisters arguments) {
        Answer answer = switch (function) {
            case VERSION -> version();
            case ECHO -> new Answer(UltracallStatus.OK, arguments);
            case SERVICE -> text(authority.serviceName(), arguments.rcx());
            case null, default -> Answer.failure(UltracallStatus.UNKNOWN_FUNCTION);
        };
        return counted(answer);
    }

    /** Answers an ultracall of a cloud VM, to which nothing about its tenants is told. */
    void answerCloudVm(FrameReader frame, FrameWriter output) {
        counters.increment(HostCounter.ULTRACALLS);
        UltracallFunction function = UltracallFunction.of(frame.function());
        Answer answer = counted(
                switch (function) {
                    case VERSION -> version();
                    case ECHO -> new Answer(UltracallStatus.OK, arguments(frame));
                    case null -> Answer.failure(UltracallStatus.UNKNOWN_FUNCTION);
                    default -> Answer.failure(UltracallStatus.NOT_PERMITTED);
                });
        output.ultracallReply(
                frame.sequence(),
                0,
                frame.cloudVm(),
                frame.vcpu(),
                answer.status().value(),
                answer.results().rcx(),
                answer.results().rdx(),
                answer.results().rsi(),
                answer.results().rdi());
    }

    /**
     * Begins what the authority has to be asked; {@link TenantMachine#finish} is called on the loop later.
     *
     * @param interrupted whether an earlier process may have enrolled the VM in this very call
     */
    void begin(
            TenantMachine machine,
            int vcpu,
            long sequence,
            UltracallFunction function,
            UltracallRegisters arguments,
            int privilege,
            boolean interrupted) {
        if (function == UltracallFunction.ENROL && !interrupted && !mayEnrol(machine, privilege)) {
            later(() -> machine.finish(vcpu, sequence, UltracallStatus.RATE_LIMITED, UltracallRegisters.ZERO));
            return;
        }
        Thread.startVirtualThread(() -> {
            Answer answer;
            try {
                answer = function == UltracallFunction.ENROL
                        ? enrol(machine, vcpu, sequence, arguments, privilege, interrupted)
                        : ask(machine, function, arguments);
            } catch (RuntimeException e) {
                LOG.error("{} of {} failed", function, machine.key(), e);
                answer = Answer.failure(UltracallStatus.FAILED);
            }
            Answer result = counted(answer);
            later(() -> {
                if (function == UltracallFunction.ENROL) {
                    observer.decided(machine.key(), result.status(), privilege);
                }
                machine.finish(vcpu, sequence, result.status(), result.results());
            });
        });
    }

    private boolean mayEnrol(TenantMachine machine, int privilege) {
        EnrolmentLimit limit = machine.enrolments();
        if (limit.tryTake(enrolmentsOfHost)) {
            return true;
        }
        counters.increment(HostCounter.ENROLMENTS_RATE_LIMITED);
        if (limit.firstRefusal()) {
            observer.decided(machine.key(), UltracallStatus.RATE_LIMITED, privilege);
        }
        return false;
    }

    private Answer enrol(
            TenantMachine machine,
            int vcpu,
            long sequence,
            UltracallRegisters arguments,
            int privilege,
            boolean interrupted) {
        if (!interrupted && authority.identityOf(machine.key()).isEmpty()) {
            CompletableFuture<Void> noted = new CompletableFuture<>();
            later(() -> {
                machine.enrolmentBegins(vcpu, sequence);
                noted.complete(null);
            });
            noted.join();
        }
        byte[] secret = bytes(arguments);
        EnrolmentResult result;
        try {
            result = authority.enrol(machine.key(), secret, privilege);
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
        return switch (result) {
            case ENROLLED -> identity(machine, true);
            case ALREADY_ENROLLED ->
                interrupted ? identity(machine, true) : Answer.failure(UltracallStatus.ALREADY_ENROLLED);
            case REFUSED -> Answer.failure(UltracallStatus.REFUSED);
            case NOT_PERMITTED -> Answer.failure(UltracallStatus.NOT_PERMITTED);
            case FAILED -> Answer.failure(UltracallStatus.FAILED);
        };
    }

    private Answer ask(TenantMachine machine, UltracallFunction function, UltracallRegisters arguments) {
        Optional<VmIdentity> identity = authority.identityOf(machine.key());
        return function == UltracallFunction.IDENTITY
                ? identity(machine, identity.isPresent())
                : text(identity.map(VmIdentity::vmName).orElse(""), arguments.rcx());
    }

    private static Answer identity(TenantMachine machine, boolean enrolled) {
        return new Answer(
                UltracallStatus.OK,
                new UltracallRegisters(
                        machine.key().tenantVm(), Integer.toUnsignedLong(machine.cloudVm()), enrolled ? 1 : 0, 0));
    }

    private static Answer version() {
        return new Answer(
                UltracallStatus.OK,
                new UltracallRegisters(
                        Protocol.MAJOR, Protocol.MINOR, Integer.toUnsignedLong(Protocol.ULTRACALL_MAGIC), 0));
    }

    private static Answer text(String text, long offset) {
        if (offset < 0 || offset > TEXT_MAXIMUM) {
            return Answer.failure(UltracallStatus.INVALID_ARGUMENT);
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        byte[] part = new byte[TEXT_PART];
        int from = (int) Math.min(offset, bytes.length);
        System.arraycopy(bytes, from, part, 0, Math.min(TEXT_PART, bytes.length - from));
        ByteBuffer buffer = ByteBuffer.wrap(part).order(ByteOrder.LITTLE_ENDIAN);
        return new Answer(
                UltracallStatus.OK,
                new UltracallRegisters(buffer.getLong(0), buffer.getLong(8), buffer.getLong(16), buffer.getLong(24)));
    }

    private static byte[] bytes(UltracallRegisters registers) {
        return ByteBuffer.allocate(TEXT_PART)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(registers.rcx())
                .putLong(registers.rdx())
                .putLong(registers.rsi())
                .putLong(registers.rdi())
                .array();
    }

    private Answer counted(Answer answer) {
        if (answer.status() != UltracallStatus.OK) {
            counters.increment(HostCounter.ULTRACALLS_FAILED);
        }
        return answer;
    }

    /** Runs on the loop even if its queue is full now: a vCPU waits for it. */
    private void later(Runnable task) {
        if (closed) {
            return;
        }
        try {
            link.execute(task);
        } catch (RejectedExecutionException e) {
            if (!closed) {
                CompletableFuture.delayedExecutor(
                                RETRY.toMillis(),
                                java.util.concurrent.TimeUnit.MILLISECONDS,
                                Thread::startVirtualThread)
                        .execute(() -> later(task));
            }
        }
    }
}
