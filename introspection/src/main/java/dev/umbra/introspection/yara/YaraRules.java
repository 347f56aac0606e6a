// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.yara;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Rules that were found valid, compiled into a private folder until they are closed.
 *
 * <p>Rules come from people who may not read the host's files, so {@code include} is refused: its errors would tell about
 * them.
 */
public final class YaraRules implements AutoCloseable {
    /** Characters of the source. */
    public static final int MAXIMUM_SOURCE = 1 << 20;

    private static final Pattern INCLUDE = Pattern.compile("\\binclude\\s*\"");
    private static final int MAXIMUM_PROBLEMS = 50;

    private final PrivateFolder folder;
    private final Path compiled;

    private YaraRules(PrivateFolder folder, Path compiled) {
        this.folder = folder;
        this.compiled = compiled;
    }

    /**
     * Compiles rules with {@code yarac}.
     *
     * @param work folder in which private folders are made
     * @throws InvalidRules if YARA does not accept them, or they include files
     * @throws IOException if {@code yarac} cannot be run
     */
    public static YaraRules compile(String source, Path work, YaraLimits limits) throws IOException, InvalidRules {
        if (source.length() > MAXIMUM_SOURCE) {
            throw new InvalidRules(List.of("more than " + MAXIMUM_SOURCE + " characters"));
        }
        if (INCLUDE.matcher(source).find()) {
            throw new InvalidRules(List.of("include is not allowed"));
        }
        PrivateFolder folder = PrivateFolder.in(work);
        boolean accepted = false;
        try {
            Files.writeString(folder.file("rules"), source, StandardCharsets.UTF_8);
            LimitedProcess.Result result =
                    LimitedProcess.run(List.of("yarac", "--no-warnings", "rules", "compiled"), folder.path(), limits);
            accepted = result.status() == 0 && Files.exists(folder.file("compiled"));
            if (!accepted) {
                throw new InvalidRules(problems(result));
            }
            return new YaraRules(folder, folder.file("compiled"));
        } finally {
            if (!accepted) {
                folder.close();
            }
        }
    }

    private static List<String> problems(LimitedProcess.Result result) {
        if (result.timedOut() || result.lines().isEmpty()) {
            return List.of("yarac ended with status " + result.status() + ", the rules cost too much");
        }
        return result.lines().stream().limit(MAXIMUM_PROBLEMS).toList();
    }

    Path compiled() {
        return compiled;
    }

    @Override
    public void close() throws IOException {
        folder.close();
    }
}
