// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall.link;

import dev.umbra.ultracall.Frame;
import dev.umbra.ultracall.FrameWriter;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;

/**
 * A connection to one cloud hypervisor that mends itself. It owns one loop thread; frames, tasks and timers all run
 * there, so what is used only from the loop needs no lock.
 *
 * <p>Nothing that is sent is promised to arrive: after a failure the link attaches anew, L0 sends again whatever was
 * not acknowledged, and the service answers again.
 */
public interface HypervisorLink extends AutoCloseable {
    /** Starts the loop and keeps attaching until closed. Once only. */
    void start(LinkListener listener);

    /**
     * Where frames to L0 are written, loop thread only. They leave at {@link #flush} or earlier; frames written while
     * detached are dropped and counted.
     */
    FrameWriter output();

    /** Appends a frame to {@link #output}; loop thread only. */
    default void send(Frame frame) {
        output().write(frame);
    }

    /** Hands everything written so far to L0 without waiting; loop thread only. */
    void flush();

    /**
     * Runs a task on the loop thread, in order; from any thread.
     *
     * @throws RejectedExecutionException if the link is closed or its bounded queue is full
     */
    void execute(Runnable task);

    /** Runs a task on the loop thread after a delay; from any thread. Dropped when the link is closed by then. */
    void schedule(Duration delay, Runnable task);

    boolean onLoop();

    /** Drops the connection and attaches anew; loop thread only. */
    void reconnect(String reason);

    LinkStatistics statistics();

    /** Stops the loop. Waits for a task that runs, unless called by it. */
    @Override
    void close();
}
