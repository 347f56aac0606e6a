// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.host;

import dev.umbra.appliance.problem.ApplianceException;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.cloudhypervisor.CloudHostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for a host's answer and names what went wrong. */
final class HostProblems {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);

    private HostProblems() {}

    static <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.get(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failure) {
            throw problem(failure.getCause());
        } catch (TimeoutException late) {
            answer.cancel(false);
            throw ProblemCode.HOST_TIMEOUT.exception();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            answer.cancel(false);
            throw ProblemCode.HOST_TIMEOUT.exception();
        }
    }

    private static ApplianceException problem(Throwable cause) {
        if (!(cause instanceof CloudHostException refused)) {
            throw new IllegalStateException("a host command failed unexpectedly", cause);
        }
        return switch (refused.reason()) {
            case UNKNOWN_VM -> ProblemCode.VM_GONE.exception();
            case NOT_ATTACHED, CLOSED -> ProblemCode.HOST_DETACHED.exception();
            case REJECTED -> ProblemCode.HOST_REFUSED.exception();
            case TIMED_OUT -> ProblemCode.HOST_TIMEOUT.exception();
        };
    }
}
