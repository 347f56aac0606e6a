// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelOpening;
import dev.umbra.introspection.kernel.ProfileCache;
import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a kernel said about itself through its own files, and the kernel in the memory taken right after. */
final class Truth {
    private static final ProfileCache PROFILES = new ProfileCache(8);

    final Views views;
    final Kernel kernel;
    private final Path folder;
    private final List<String> differences = new ArrayList<>();

    /** Kernels that nobody took over after they had told about themselves. */
    static List<Snapshot> snapshots() {
        return Snapshot.all().stream()
                .filter(snapshot -> !snapshot.name().startsWith("rootkit"))
                .toList();
    }

    Truth(Snapshot snapshot) throws IOException {
        folder = snapshot.folder().resolve("truth");
        KernelOpening opening = Kernel.open(snapshot.memory(), snapshot.registers(), PROFILES);
        kernel = ((KernelOpening.Opened) opening).kernel();
        views = new Views(kernel);
    }

    boolean has(String file) {
        return Files.exists(folder.resolve(file), LinkOption.NOFOLLOW_LINKS);
    }

    String text(String file) {
        try {
            return new String(Files.readAllBytes(folder.resolve(file)), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    List<String> lines(String file) {
        return has(file) ? text(file).lines().toList() : List.of();
    }

    String link(String file) {
        try {
            return has(file) ? Files.readSymbolicLink(folder.resolve(file)).toString() : "";
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Names in a folder that are numbers. */
    List<Integer> numbers(String file) {
        if (!has(file)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder.resolve(file))) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.chars().allMatch(Character::isDigit))
                    .map(Integer::valueOf)
                    .sorted()
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    List<Integer> pids() {
        return numbers("proc");
    }

    /** Lines of a name, a colon and a value. */
    Map<String, String> fields(String file) {
        Map<String, String> fields = new TreeMap<>();
        for (String line : lines(file)) {
            int colon = line.indexOf(':');
            fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
        }
        return fields;
    }

    void same(String what, Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) {
            differences.add(what + ": " + expected + " is shown as " + actual);
        }
    }

    void complete(View<?> view) {
        assertThat(view.gaps()).isEmpty();
    }

    void check() {
        assertThat(differences).isEmpty();
    }
}
