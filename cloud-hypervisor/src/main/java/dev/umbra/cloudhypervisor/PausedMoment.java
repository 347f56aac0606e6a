// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;

/**
 * A tenant VM that does not run for a moment: all its vCPUs are held at their entry, or stopped by the untrusted
 * hypervisor and held when they want to enter. Its memory then changes only by that hypervisor's own hand. For a
 * try-with-resources statement; {@link #close} lets the VM go on.
 *
 * <p>The host ends a pause by itself at its bound, and when it loses the service, so a reader that dies holds no VM. It
 * follows that what was read counts as consistent only once the {@link #outcome} says {@link End#RESUMED}: until then the
 * pause may have ended unnoticed. May be used from any thread.
 */
public final class PausedMoment implements AutoCloseable {
    private final TenantVmKey vm;
    private final Duration settling;
    private final Runnable resume;
    private final BooleanSupplier onLoop;
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

    PausedMoment(TenantVmKey vm, Duration settling, Runnable resume, BooleanSupplier onLoop) {
        this.vm = vm;
        this.settling = settling;
        this.resume = resume;
        this.onLoop = onLoop;
    }

    /** How a pause ended. */
    public enum End {
        /** By {@link #close} or {@link #resume}; the VM was held all the time. */
        RESUMED,
        /** By its bound: the VM ran before it was resumed. */
        EXPIRED,
        /** The host did not say: its connection was lost, or the VM is gone. */
        LOST
    }

    /**
     * What became of a pause.
     *
     * @param length from the host's command until the VM was let go, measured by the host; zero if lost
     */
    public record Outcome(End end, Duration length) {
        static final Outcome LOST = new Outcome(End.LOST, Duration.ZERO);
    }

    public TenantVmKey vm() {
        return vm;
    }

    /** From the host's command until no vCPU ran any more, measured by the host. */
    public Duration settling() {
        return settling;
    }

    /** Whether the pause lasts, as far as this side has heard. */
    public boolean inForce() {
        return !outcome.isDone();
    }

    /** Lets the VM go on; completes, never exceptionally, when the host says how the pause ended. */
    public CompletableFuture<Outcome> resume() {
        if (inForce()) {
            resume.run();
        }
        return outcome.copy();
    }

    /** How the pause ended, if it did. */
    public Optional<Outcome> outcome() {
        return Optional.ofNullable(outcome.getNow(null));
    }

    /** Nanoseconds that the VM was paused, measured by the host; 0 before the end and if it was lost. */
    public long heldNanos() {
        return outcome().map(known -> known.length().toNanos()).orElse(0L);
    }

    /** Lets the VM go on and waits, for the command timeout at most, until the host says how the pause ended. */
    @Override
    public void close() {
        CompletableFuture<Outcome> ended = resume();
        if (onLoop.getAsBoolean()) {
            return;
        }
        try {
            ended.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("an outcome is not exceptional", e);
        }
    }

    void over(Outcome how) {
        outcome.completeAsync(() -> how, Commands.HAND_OVER);
    }
}
