// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.ApplianceApi;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/** What a tenant's kernel sees of its keyboard and pointer, as its root reads it there. */
final class KeyLog implements AutoCloseable {
    private static final int SECONDS = 300;
    private static final String REPEATED = " 2";

    private final TenantShell root;
    private final int begin;

    KeyLog(String vm) {
        root = Fixture.overSecondPort(vm);
        int from = root.start("key-log " + SECONDS);
        begin = root.transcript()
                .await("ready", from + ("key-log " + SECONDS).length(), TenantShell.PATIENCE)
                .end();
    }

    /** All whole lines so far. */
    private List<String> lines() {
        String text = root.transcript().text(begin);
        return text.substring(0, text.lastIndexOf('\n') + 1)
                .lines()
                .map(String::strip)
                .toList();
    }

    /** Presses and releases by Linux's codes, without repetitions. */
    List<String> keys() {
        return lines().stream()
                .filter(line -> line.startsWith("key ") && !line.endsWith(REPEATED))
                .toList();
    }

    /** Waits until the lines are as expected; says nothing when they do not get there. */
    void await(Predicate<List<String>> expected, Duration patience) {
        try {
            ApplianceApi.await("the tenant saw it all", patience, () -> expected.test(lines()));
        } catch (IllegalStateException late) {
            // What is missing shows in the comparison that follows.
        }
    }

    /** The last value told of an axis or a button, or nothing. */
    String last(String kind) {
        return lines().stream()
                .filter(line -> line.startsWith(kind + " "))
                .reduce((first, second) -> second)
                .map(line -> line.substring(kind.length() + 1))
                .orElse("");
    }

    @Override
    public void close() {
        int from = root.transcript().length();
        root.terminal().type("\r");
        root.awaitPrompt(from, TenantShell.PATIENCE);
        root.close();
    }
}
