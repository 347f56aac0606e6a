// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.problem.ProblemCode;
import java.util.Locale;

/** Names of constants as the API writes them. */
final class Codes {
    private Codes() {}

    /** Such as {@code secret-used-again}. */
    static String text(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static <E extends Enum<E>> E parse(Class<E> type, String text) {
        for (E constant : type.getEnumConstants()) {
            if (text(constant).equals(text)) {
                return constant;
            }
        }
        throw ProblemCode.REQUEST_INVALID.exception();
    }
}
