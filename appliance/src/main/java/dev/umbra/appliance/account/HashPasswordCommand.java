// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.account;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** {@code hash-password}: reads one line from standard input and prints its Argon2id hash. */
public final class HashPasswordCommand {
    public static final String NAME = "hash-password";

    private HashPasswordCommand() {}

    /** Returns the exit status. */
    public static int run(InputStream input, PrintStream output, PrintStream errors) throws IOException {
        String password = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8)).readLine();
        if (password == null || password.isEmpty()) {
            errors.println("hash-password: one line with the password is expected on standard input");
            return 2;
        }
        output.println(new PasswordHashing().hash(password));
        return 0;
    }
}
