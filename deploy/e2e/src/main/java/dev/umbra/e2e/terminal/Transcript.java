// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.terminal;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Everything a console has printed, and waiting for what it should print. Bytes are matched as ISO 8859-1, so that one byte is one
 * character and nothing is lost in decoding. A wait always has a place to start from: what was printed before an action is no
 * answer to it.
 */
public final class Transcript {
    /** What was waited for, and where it begins and ends. */
    public record Found(String text, String group, int start, int end) {}

    /** What was waited for did not appear; the message shows what did. */
    public static final class NotFoundException extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotFoundException(String message) {
            super(message);
        }
    }

    private static final int SHOWN = 800;
    /** A match may begin this far before what had been searched already, and is no longer than that. */
    private static final int OVERLAP = 4096;

    private byte[] bytes = new byte[1 << 16];
    private int length;
    private String ended;

    /** Adds what was printed. */
    public synchronized void append(byte[] source, int offset, int count) {
        if (length + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + count, bytes.length * 2));
        }
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
        notifyAll();
    }

    /** Nothing more will come. */
    public synchronized void end(String reason) {
        ended = reason;
        notifyAll();
    }

    /** Waits until nothing more can come. */
    public synchronized void awaitEnd(Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        while (ended == null) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new NotFoundException("the console does not end; last: " + tail(0));
            }
            pause(left / 1_000_000 + 1);
        }
    }

    public synchronized int length() {
        return length;
    }

    public synchronized byte[] bytes(int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }

    /** What was printed from a place on, as ISO 8859-1. */
    public synchronized String text(int from) {
        return text(from, length);
    }

    public synchronized String text(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** Waits until the expression is found at or behind a place; group 1, if the expression has one, is returned on its own. */
    public synchronized Found await(Pattern expression, int from, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        int start = from;
        for (; ; ) {
            Matcher matcher = expression.matcher(new Latin1(bytes, start, length));
            if (matcher.find()) {
                return new Found(
                        matcher.group(),
                        matcher.groupCount() > 0 ? matcher.group(1) : null,
                        start + matcher.start(),
                        start + matcher.end());
            }
            start = Math.max(from, length - OVERLAP);
            waitForMore(end, "'" + expression + "'", from);
        }
    }

    public Found await(String text, int from, Duration timeout) {
        return await(Pattern.compile(Pattern.quote(text)), from, timeout);
    }

    /** Waits until so many bytes have been printed in all. */
    public synchronized void awaitLength(int wanted, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        while (length < wanted) {
            waitForMore(end, wanted + " bytes", Math.max(0, length - SHOWN));
        }
    }

    /** Waits until nothing has been printed for a while. */
    public synchronized void awaitSilence(Duration silence, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        int before = -1;
        long since = System.nanoTime();
        while (System.nanoTime() - since < silence.toNanos()) {
            if (length != before) {
                before = length;
                since = System.nanoTime();
            }
            if (System.nanoTime() > end) {
                throw new NotFoundException("the console does not fall silent; last: " + tail(0));
            }
            pause(silence.toMillis() / 4 + 1);
        }
    }

    private void waitForMore(long end, String what, int from) {
        int before = length;
        while (length == before) {
            if (ended != null) {
                throw new NotFoundException(
                        "waited for " + what + ", but the console ended (" + ended + ") after: " + tail(from));
            }
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new NotFoundException("waited in vain for " + what + "; printed " + (length - from)
                        + " bytes since, the last: " + tail(from));
            }
            pause(left / 1_000_000 + 1);
        }
    }

    private void pause(long millis) {
        try {
            wait(millis);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a console", interrupted);
        }
    }

    private String tail(int from) {
        String shown = text(Math.max(from, length - SHOWN));
        StringBuilder visible = new StringBuilder("\"");
        shown.chars()
                .forEach(c -> visible.append(
                        c == '\n'
                                ? "\\n"
                                : c == '\r' ? "\\r" : c < ' ' || c > '~' ? "\\x%02x".formatted(c) : "" + (char) c));
        return visible.append('"').toString();
    }

    /** Bytes as characters, without a copy. */
    private record Latin1(byte[] bytes, int start, int end) implements CharSequence {
        @Override
        public int length() {
            return end - start;
        }

        @Override
        public char charAt(int index) {
            return (char) (bytes[start + index] & 0xff);
        }

        @Override
        public CharSequence subSequence(int from, int to) {
            return new Latin1(bytes, start + from, start + to);
        }

        @Override
        public String toString() {
            return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
        }
    }
}
