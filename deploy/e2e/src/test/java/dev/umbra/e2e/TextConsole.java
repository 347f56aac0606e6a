// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static dev.umbra.e2e.Fixture.TESTBED;

import dev.umbra.e2e.terminal.TenantShell;
import dev.umbra.e2e.testbed.ApplianceApi;
import dev.umbra.e2e.testbed.Pause;
import dev.umbra.e2e.vnc.Glyphs;
import dev.umbra.e2e.vnc.Picture;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The first virtual terminal of a tenant, typed on and read through a viewer as a person does. */
final class TextConsole {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final int ATTEMPTS = 6;
    private static final String PROMPT = "[$#]$";
    private static final AtomicInteger MARKS = new AtomicInteger();

    private final Viewer viewer;
    private final Glyphs glyphs;
    private final String vm;

    TextConsole(Viewer viewer, Glyphs glyphs, String vm) {
        this.viewer = viewer;
        this.glyphs = glyphs;
        this.vm = vm;
    }

    /** Learns to read from what the root of a tenant writes on its screen. */
    static Glyphs learn(Viewer viewer, String vm) {
        StringBuilder lesson = new StringBuilder("\\033c");
        for (String line : Glyphs.LESSON) {
            line.chars().forEach(character -> lesson.append("\\%03o".formatted(character)));
            lesson.append("\\r\\n");
        }
        AtomicReference<Glyphs> learnt = new AtomicReference<>();
        try (TenantShell root = Fixture.overSecondPort(vm)) {
            root.run("printf '" + lesson + "' >/dev/tty1").succeeded();
            try {
                ApplianceApi.await("the screen of " + vm + " shows all characters", PATIENCE, () -> {
                    Optional<Glyphs> glyphs = Glyphs.learn(viewer.picture());
                    glyphs.ifPresent(learnt::set);
                    return glyphs.isPresent();
                });
            } catch (IllegalStateException illegible) {
                keep(viewer.picture(), "lesson-" + vm);
                throw illegible;
            }
            root.logout(vm);
        }
        return learnt.get();
    }

    static void keep(Picture picture, String name) {
        picture.writePng(TESTBED.artefacts().resolve(name + ".png"));
    }

    /** Keeps the picture as it is now. */
    void keep(String name) {
        keep(viewer.picture(), name);
    }

    String text() {
        return glyphs.text(viewer.picture());
    }

    /** Waits until the expression is found in the text; {@code $} matches at the end of the text only, or of lines if asked to. */
    Matcher await(String expression, Duration patience) {
        Pattern pattern = Pattern.compile(expression);
        long end = System.nanoTime() + patience.toNanos();
        for (; ; ) {
            String text = text();
            Matcher matcher = pattern.matcher(text);
            if (matcher.find()) {
                return matcher;
            }
            if (System.nanoTime() > end) {
                keep("late-" + vm);
                throw new IllegalStateException("'" + expression + "' does not appear on the screen:\n" + text);
            }
            Pause.of(BETWEEN_LOOKS);
        }
    }

    Matcher await(String expression) {
        return await(expression, PATIENCE);
    }

    void type(String text) {
        viewer.type(text);
    }

    /** Logs in as the user of the VM; ends what may still be logged in there. */
    void logIn() {
        reachLoginPrompt();
        type(TESTBED.user(vm) + "\n");
        await("Password:$");
        type(TESTBED.userPassword(vm) + "\n");
        await(PROMPT);
    }

    private void reachLoginPrompt() {
        String prompt = Pattern.quote(vm) + " login:$";
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            type("\n");
            try {
                if (await(prompt + "|" + PROMPT, ANSWER).group().endsWith("login:")) {
                    return;
                }
                type("exit\n");
                await(prompt);
                return;
            } catch (IllegalStateException busy) {
                type("\n");
            }
        }
        throw new IllegalStateException("no login prompt on the screen of " + vm);
    }

    /** Runs a command that prints one line, and returns the line. A picture may be taken while the line is drawn, so it has an end. */
    String run(String command) {
        String mark = "m" + MARKS.incrementAndGet();
        type("clear; echo '<'" + mark + "'>' \"$(" + command + ")\" '<'/" + mark + "'>'\n");
        Matcher line = await("(?m)^<" + mark + "> (.*) </" + mark + ">$");
        await(PROMPT);
        return line.group(1);
    }

    /** Types a command, and returns when what it prints first appears. */
    void start(String command, String printed) {
        type("clear; " + command + "\n");
        await("(?m)^" + printed + "$");
    }

    void logOut() {
        type("exit\n");
        await(Pattern.quote(vm) + " login:$");
    }
}
