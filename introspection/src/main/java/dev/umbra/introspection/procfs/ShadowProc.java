// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import dev.umbra.introspection.kernel.Kernel;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * The {@code /proc} of a tenant VM as a tree of files. All of it shows one moment, the epoch: views of processes, sockets
 * and the rest are taken at once, and everything that is read until the next epoch comes from them. So a program that
 * goes through all processes sees no half of an older and half of a newer list, which a running kernel does not promise.
 *
 * <p>A new epoch begins when {@link #renew} is called, and when the root directory is listed while the epoch is older than
 * the given age; that is how {@code top} gets new figures.
 *
 * <p>What breaks it: the memory of an epoch is bounded by the bounds of the views, and by {@link Text#MAXIMUM} per file.
 * Links lead to paths of the tenant; whoever follows one reaches a file of the host with that name. Programs that open
 * what links point to must run with the tenant's file system as their root.
 */
public final class ShadowProc {
    private final Supplier<ProcNode.Directory> source;
    private final InstantSource clock;
    private final Duration maximumAge;
    private volatile Epoch epoch;
    private volatile long failures;

    private record Epoch(ProcNode.Directory root, Instant taken) {}

    /**
     * @param source takes a snapshot; it is called by the thread that serves the mount, and by callers of {@link #renew}
     * @param maximumAge of an epoch, after which listing the root begins a new one
     */
    ShadowProc(Supplier<ProcNode.Directory> source, InstantSource clock, Duration maximumAge) {
        this.source = Objects.requireNonNull(source, "source");
        this.clock = Objects.requireNonNull(clock, "clock");
        this.maximumAge = Objects.requireNonNull(maximumAge, "maximumAge");
        renew();
    }

    /**
     * The {@code /proc} of a machine.
     *
     * @param kernel asked at each epoch, so that it may be held while it is read and be another after a reboot; read by
     *     one thread at a time
     * @param maximumAge of an epoch, after which listing the root begins a new one
     */
    public static ShadowProc of(Supplier<Kernel> kernel, Duration maximumAge) {
        return new ShadowProc(() -> new ProcRoot(ProcSnapshots.take(kernel.get())), InstantSource.system(), maximumAge);
    }

    /** Begins a new epoch. */
    public synchronized void renew() {
        epoch = new Epoch(source.get(), clock.instant());
    }

    /** When the present epoch began. */
    public Instant taken() {
        return epoch.taken();
    }

    /** Operations that failed for a reason of our own and ended in an input/output error. */
    public long failures() {
        return failures;
    }

    void renewIfOld() {
        if (Duration.between(epoch.taken(), clock.instant()).compareTo(maximumAge) >= 0) {
            renew();
        }
    }

    /** @return null if there is no such path */
    ProcNode find(String path) {
        ProcNode node = epoch.root();
        for (int from = 1; from < path.length() && node != null; ) {
            int slash = path.indexOf('/', from);
            int to = slash < 0 ? path.length() : slash;
            node = node instanceof ProcNode.Directory directory ? directory.child(path.substring(from, to)) : null;
            from = to + 1;
        }
        return node;
    }

    /** The name of the process with the lowest number. */
    String firstProcess() {
        return find("/self") instanceof ProcNode.Link self ? self.target() : "self";
    }

    void failed(Throwable reason) {
        failures++;
        if (failures == 1) {
            System.getLogger(ShadowProc.class.getName())
                    .log(System.Logger.Level.WARNING, "a file of a shadow /proc could not be made", reason);
        }
    }
}
