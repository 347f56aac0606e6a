// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.benchmark;

import java.util.Locale;

/**
 * A figure and the baseline of the same run.
 *
 * @param bench name of the bench
 * @param value figure of the product
 * @param unit of value and baseline
 * @param baseline the same, served by the virtualized system
 */
record Measurement(String bench, double value, String unit, double baseline) {
    /** One line of JSON. */
    String toJson() {
        return String.format(
                Locale.ROOT,
                "{\"bench\":\"%s\",\"value\":%.1f,\"unit\":\"%s\",\"baseline\":%.1f,\"ratio\":%.3f}",
                bench,
                value,
                unit,
                baseline,
                value / baseline);
    }
}
