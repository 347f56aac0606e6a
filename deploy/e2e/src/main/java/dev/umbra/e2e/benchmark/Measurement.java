// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.benchmark;

import java.util.Locale;

/**
 * A figure and the baseline of the same run.
 *
 * @param bench name of the bench
 * @param value figure of the product
 * @param unit of value and baseline
 * @param baseline the same, served by the virtualized system; not a number when there is nothing to compare with
 */
record Measurement(String bench, double value, String unit, double baseline) {
    /** One line of JSON. */
    String toJson() {
        return String.format(
                Locale.ROOT,
                "{\"bench\":\"%s\",\"value\":%.1f,\"unit\":\"%s\",\"baseline\":%s,\"ratio\":%s}",
                bench,
                value,
                unit,
                number("%.1f", baseline),
                number("%.3f", value / baseline));
    }

    private static String number(String format, double number) {
        return Double.isNaN(number) ? "null" : String.format(Locale.ROOT, format, number);
    }
}
