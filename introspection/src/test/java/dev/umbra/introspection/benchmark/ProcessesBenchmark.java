// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.benchmark;

import dev.umbra.introspection.view.Process;
import dev.umbra.introspection.view.View;
import dev.umbra.introspection.view.Views;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

/**
 * Milliseconds for all processes of a virtual machine with 300 tasks, with credentials, namespaces, control groups, command
 * lines and paths: the first time in a virtual machine that has compiled nothing yet, and the middle of later times. The baseline is
 * not measured here: it is the shorter time that the authors of V-Met published for a snapshot of a whole shadow
 * {@code /proc}, 47 to 99 ms.
 */
public final class ProcessesBenchmark {
    private static final String BASELINE_NAME = "published: V-Met, shadow /proc snapshot in 47 to 99 ms";
    private static final double BASELINE = 47;
    private static final int WARM_UP = 1000;
    private static final int TIMES = 301;

    private ProcessesBenchmark() {}

    /** Prints one line of JSON per figure. */
    public static void main(String[] arguments) throws IOException {
        Views views = new Views(BenchmarkMachine.kernel());
        line("vmi-processes-first", milliseconds(views));
        for (int time = 0; time < WARM_UP; time++) {
            milliseconds(views);
        }
        double[] times = new double[TIMES];
        for (int time = 0; time < TIMES; time++) {
            times[time] = milliseconds(views);
        }
        Arrays.sort(times);
        line("vmi-processes", times[TIMES / 2]);
    }

    private static double milliseconds(Views views) {
        long start = System.nanoTime();
        View<Process> view = views.processes();
        double milliseconds = (System.nanoTime() - start) / 1e6;
        if (!view.complete()) {
            throw new IllegalStateException(view.gaps().toString());
        }
        return milliseconds;
    }

    private static void line(String bench, double milliseconds) {
        System.out.printf(
                Locale.ROOT,
                "{\"bench\":\"%s\",\"value\":%.3f,\"unit\":\"ms\",\"baseline\":%.0f,\"ratio\":%.4f,\"baselineName\":\"%s\"}%n",
                bench,
                milliseconds,
                BASELINE,
                milliseconds / BASELINE,
                BASELINE_NAME);
    }
}
