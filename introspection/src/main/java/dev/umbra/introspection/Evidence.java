// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection;

import java.util.Objects;
import java.util.Optional;

/** A named part of what was seen. What a VM wrote is made harmless to displays: printable ASCII of bounded length. */
public sealed interface Evidence {
    /** Characters of a text, at most. */
    int MAXIMUM_TEXT = 256;

    /** What it is, such as {@code "nested root"}. */
    String name();

    /** A count, an identifier or another number that people read in decimal. */
    record Number(String name, long value) implements Evidence {
        public Number {
            Objects.requireNonNull(name, "name");
        }

        @Override
        public String toString() {
            return name + "=" + value;
        }
    }

    /**
     * An address, or bytes shown as one number.
     *
     * @param symbol what the kernel calls the place, with the offset behind it, if it calls it anything
     */
    record Address(String name, long value, Optional<String> symbol) implements Evidence {
        public Address {
            Objects.requireNonNull(name, "name");
            symbol = symbol.map(Evidence::harmless);
        }

        public Address(String name, long value) {
            this(name, value, Optional.empty());
        }

        @Override
        public String toString() {
            return name + "=0x" + Long.toHexString(value)
                    + symbol.map(known -> " (" + known + ")").orElse("");
        }
    }

    /** Words, such as the name of a process. */
    record Text(String name, String value) implements Evidence {
        public Text {
            Objects.requireNonNull(name, "name");
            value = harmless(value);
        }

        @Override
        public String toString() {
            return name + "=" + value;
        }
    }

    /** Printable ASCII, other characters as {@code ?}, cut after {@link #MAXIMUM_TEXT}. */
    static String harmless(String text) {
        StringBuilder clean = new StringBuilder(Math.min(text.length(), MAXIMUM_TEXT));
        for (int index = 0; index < text.length() && index < MAXIMUM_TEXT; index++) {
            char character = text.charAt(index);
            clean.append(character < ' ' || character > '~' ? '?' : character);
        }
        return clean.toString();
    }
}
