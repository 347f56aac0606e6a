// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.host;

import dev.umbra.appliance.problem.ApplianceException;
import dev.umbra.appliance.problem.ProblemCode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for a host's answer and names what went wrong. */
final class HostProblems {
    private static final Logger log = LoggerFactory.getLogger(HostProblems.class);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);

    private HostProblems() {}

    static <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.get(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failure) {
            throw problem(failure.getCause());
        } catch (TimeoutException late) {
            throw ProblemCode.HOST_TIMEOUT.exception();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw ProblemCode.HOST_TIMEOUT.exception();
        }
    }

    private static ApplianceException problem(Throwable cause) {
        log.warn("Host command failed", cause);
        return ProblemCode.HOST_REFUSED.exception();
    }
}
