// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.rfb;

import java.util.ArrayDeque;
import java.util.Queue;

/** What is to be done between two updates, in order. Bounded: a client that sends without reading fills it. */
final class OutputCommands {
    private static final int CAPACITY = 256;

    private final Queue<Runnable> commands = new ArrayDeque<>();

    /** False when there is no room. */
    synchronized boolean offer(Runnable command) {
        return commands.size() < CAPACITY && commands.offer(command);
    }

    synchronized Runnable poll() {
        return commands.poll();
    }
}
