// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.account;

import java.nio.CharBuffer;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;

/**
 * Argon2id (RFC 9106) with the parameters OWASP recommends: 19 MiB, two passes, one lane. Each check costs that memory, so only a
 * few run at once: a burst of logins waits instead of exhausting the heap. Hashes of weaker or absurdly stronger parameters are
 * refused when the configuration is read, not at the first login.
 */
public final class PasswordHashing {
    private static final int MEMORY_KIB = 19_456;
    private static final int PASSES = 2;
    private static final int CONCURRENT_CHECKS = 4;
    private static final int MAXIMUM_PASSWORD = 1024;
    private static final Pattern FORMAT = Pattern.compile(
            "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,2}),p=(\\d{1,2})\\$[A-Za-z0-9+/]{16,128}\\$[A-Za-z0-9+/]{32,128}");

    private final Argon2PasswordEncoder encoder = new Argon2PasswordEncoder(16, 32, 1, MEMORY_KIB, PASSES);
    private final Semaphore checks = new Semaphore(CONCURRENT_CHECKS);

    public String hash(CharSequence password) {
        if (password.isEmpty() || password.length() > MAXIMUM_PASSWORD) {
            throw new IllegalArgumentException("a password has 1 to " + MAXIMUM_PASSWORD + " characters");
        }
        return encoder.encode(password);
    }

    /** Whether the password fits; takes its time either way. */
    public boolean matches(char[] password, String hash) {
        if (password.length > MAXIMUM_PASSWORD) {
            return false;
        }
        checks.acquireUninterruptibly();
        try {
            return encoder.matches(CharBuffer.wrap(password), hash);
        } finally {
            checks.release();
        }
    }

    /** Whether the text is a hash of the strength we accept. */
    public static boolean acceptable(String hash) {
        Matcher format = FORMAT.matcher(hash);
        if (!format.matches()) {
            return false;
        }
        int memory = Integer.parseInt(format.group(1));
        int passes = Integer.parseInt(format.group(2));
        int lanes = Integer.parseInt(format.group(3));
        return memory >= 8 * lanes
                && (long) memory * passes >= (long) MEMORY_KIB * PASSES / 2
                && memory <= 1 << 20
                && passes >= 1
                && passes <= 32
                && lanes >= 1
                && lanes <= 16;
    }
}
