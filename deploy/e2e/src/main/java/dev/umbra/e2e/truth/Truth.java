// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.truth;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What {@code ground-truth} said in a VM: files below {@code proc} and {@code sys}, and links. The process that took it is not
 * in it.
 */
public final class Truth {
    private final Map<String, Supplier<byte[]>> files = new TreeMap<>();
    private final Map<String, String> links = new TreeMap<>();

    Truth() {}

    /** An archive that was unpacked. */
    public static Truth ofFolder(Path folder) {
        Truth truth = new Truth();
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                String name = folder.relativize(path).toString();
                if (Files.isSymbolicLink(path)) {
                    truth.links.put(name, Files.readSymbolicLink(path).toString());
                } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                    truth.files.put(name, () -> read(path));
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return truth;
    }

    public static Truth ofArchive(byte[] archive) {
        Truth truth = new Truth();
        new TarReader(archive).forEach((name, bytes) -> truth.files.put(name, () -> bytes), truth.links::put);
        return truth;
    }

    public Optional<byte[]> bytes(String path) {
        return Optional.ofNullable(files.get(path)).map(Supplier::get);
    }

    /** Text of a file, empty if there is none. */
    public String text(String path) {
        return bytes(path)
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .orElse("");
    }

    public List<String> lines(String path) {
        return text(path).lines().toList();
    }

    /** Lines without the headings. */
    List<String> rows(String path) {
        return text(path).lines().skip(1).toList();
    }

    /** Where a link leads, empty if there is none. */
    public String link(String path) {
        return links.getOrDefault(path, "");
    }

    /** Numbers of all processes. */
    public List<Integer> pids() {
        return numbers(files.keySet(), "proc/");
    }

    /** Numbers of all threads of a process. */
    public List<Integer> threads(int pid) {
        return numbers(files.keySet(), "proc/" + pid + "/task/");
    }

    /** Numbers of all descriptors of a process. */
    public List<Integer> descriptors(int pid) {
        return numbers(links.keySet(), "proc/" + pid + "/fd/");
    }

    /** Processes for which there is such a file. */
    List<Integer> pidsWith(String file) {
        return pids().stream()
                .filter(pid -> files.containsKey("proc/" + pid + "/" + file))
                .toList();
    }

    /** Inode number of a namespace of a process, 0 if it has none. */
    long namespace(int pid, String kind) {
        String link = link("proc/" + pid + "/ns/" + kind);
        return link.isEmpty() ? 0 : Long.parseLong(link.substring(link.indexOf('[') + 1, link.length() - 1));
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static List<Integer> numbers(Collection<String> paths, String folder) {
        return paths.stream()
                .filter(path -> path.startsWith(folder))
                .map(path -> path.substring(folder.length()).split("/", 2)[0])
                .filter(name -> !name.isEmpty() && name.chars().allMatch(Character::isDigit))
                .map(Integer::valueOf)
                .distinct()
                .sorted()
                .toList();
    }
}
