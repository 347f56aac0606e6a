// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.ssh;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.common.channel.LocalWindow;
import org.apache.sshd.server.channel.ChannelDataReceiver;
import org.apache.sshd.server.channel.ChannelSession;

/**
 * What a client typed and the console has not taken yet, breaks included and in order. The client's window is opened again only when
 * the console has taken the bytes, so there are never more of them than the window allows, however slowly the tenant reads.
 */
final class TypedInput implements ChannelDataReceiver {
    private static final int BREAKS_MAXIMUM = 16;

    /** A piece of input. */
    sealed interface Item {}

    /** Characters, at least one. */
    record Characters(byte[] bytes) implements Item {}

    /** A break condition. */
    record Break() implements Item {}

    private final LocalWindow window;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Item> items = new ArrayDeque<>();
    private final ByteArrayOutputStream newest = new ByteArrayOutputStream();
    private int breaks;
    private boolean ended;

    TypedInput(LocalWindow window) {
        this.window = window;
    }

    @Override
    public int data(ChannelSession channel, byte[] buffer, int start, int length) {
        lock.lock();
        try {
            newest.write(buffer, start, length);
            changed.signal();
        } finally {
            lock.unlock();
        }
        return 0;
    }

    /** End of input: what is queued is still delivered. */
    @Override
    public void close() {
        end();
    }

    void end() {
        lock.lock();
        try {
            ended = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    boolean offerBreak() {
        lock.lock();
        try {
            if (breaks == BREAKS_MAXIMUM || ended) {
                return false;
            }
            breaks++;
            closeNewest();
            items.add(new Break());
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the next piece; null after the end. */
    Item take() throws InterruptedException {
        lock.lock();
        try {
            while (true) {
                closeNewest();
                Item item = items.poll();
                if (item instanceof Break) {
                    breaks--;
                }
                if (item != null || ended) {
                    return item;
                }
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The piece was taken by the console: the client may send as much again. */
    void release(Item item) throws IOException {
        if (item instanceof Characters(byte[] bytes)) {
            window.release(bytes.length);
        }
    }

    private void closeNewest() {
        if (newest.size() > 0) {
            items.add(new Characters(newest.toByteArray()));
            newest.reset();
        }
    }
}
