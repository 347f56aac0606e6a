// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.recording;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of recordings, a folder for each VM record. Everything known of a recording is in its name and its file: when it began in
 * the name, how long it is in the last four bytes, as in every framebuffer stream. So there is nothing to fall apart in a crash.
 */
final class RecordingFiles {
    private static final Logger log = LoggerFactory.getLogger(RecordingFiles.class);
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss");
    private static final int TIME_LENGTH = 15;
    private static final Pattern ID = Pattern.compile("[0-9]{8}-[0-9]{6}-[0-9a-f]{8}");
    private static final String EXTENSION = ".fbs";

    private final Path directory;
    private final InstantSource clock;

    RecordingFiles(Path directory, InstantSource clock) {
        this.directory = directory;
        this.clock = clock;
    }

    static String id(Instant start, String suffix) {
        return TIME.format(start.atOffset(ZoneOffset.UTC)) + "-" + suffix;
    }

    /** Where a new recording goes; its folder is made. */
    Path create(UUID vm, String id) throws IOException {
        Path folder = directory.resolve(vm.toString());
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return folder.resolve(id + EXTENSION);
    }

    /** Empty when there is none of that name, or it cannot be a name. */
    Optional<Path> file(UUID vm, String id) {
        return Optional.of(id)
                .filter(name -> ID.matcher(name).matches())
                .map(name -> directory.resolve(vm.toString()).resolve(name + EXTENSION))
                .filter(Files::isRegularFile);
    }

    /** @param present the one in progress */
    Optional<Recording> find(UUID vm, String id, String present) {
        return file(vm, id).flatMap(file -> recording(file, id, id.equals(present)));
    }

    /** Newest first. */
    List<Recording> list(UUID vm, String present) {
        try (Stream<Path> found = Files.list(directory.resolve(vm.toString()))) {
            return found.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(EXTENSION))
                    .map(name -> name.substring(0, name.length() - EXTENSION.length()))
                    .sorted(Comparator.reverseOrder())
                    .flatMap(id -> find(vm, id, present).stream())
                    .toList();
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (IOException failure) {
            throw new UncheckedIOException("recordings cannot be listed", failure);
        }
    }

    void delete(UUID vm, String id) {
        file(vm, id).ifPresent(RecordingFiles::delete);
    }

    /** Removes the oldest until so many, and so many bytes, are left; never the one in progress. */
    void prune(UUID vm, int number, long bytes, String present) {
        int kept = 0;
        long size = 0;
        for (Recording recording : list(vm, present)) {
            kept++;
            size += recording.size();
            if ((kept > number || size > bytes) && !recording.inProgress()) {
                delete(vm, recording.id());
            }
        }
    }

    /** Removes the folders of records that do not exist; what else lies there is left alone. */
    void pruneUnknown(Predicate<UUID> exists) {
        try (Stream<Path> folders = Files.list(directory)) {
            folders.filter(folder -> vmOf(folder).filter(exists.negate()).isPresent())
                    .forEach(RecordingFiles::deleteFolder);
        } catch (NoSuchFileException none) {
            log.debug("nothing was ever recorded");
        } catch (IOException failure) {
            throw new UncheckedIOException("recordings cannot be listed", failure);
        }
    }

    /** Whose recordings a folder holds; nobody's if it is not named as one is. */
    private static Optional<UUID> vmOf(Path folder) {
        try {
            return Optional.of(UUID.fromString(folder.getFileName().toString()));
        } catch (IllegalArgumentException strange) {
            return Optional.empty();
        }
    }

    private static void deleteFolder(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            files.forEach(RecordingFiles::delete);
        } catch (IOException failure) {
            throw new UncheckedIOException("recordings cannot be listed", failure);
        }
        delete(folder);
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failure) {
            throw new UncheckedIOException("a recording cannot be removed", failure);
        }
    }

    private Optional<Recording> recording(Path file, String id, boolean inProgress) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            Instant start =
                    LocalDateTime.parse(id.substring(0, TIME_LENGTH), TIME).toInstant(ZoneOffset.UTC);
            long size = channel.size();
            Duration duration = inProgress
                    ? Duration.between(start, clock.instant())
                    : Duration.ofMillis(Integer.toUnsignedLong(lastTime(channel, size)));
            return Optional.of(new Recording(id, start, duration, size, inProgress));
        } catch (IOException | DateTimeException removedOrForeign) {
            return Optional.empty();
        }
    }

    private static int lastTime(FileChannel channel, long size) throws IOException {
        ByteBuffer last = ByteBuffer.allocate(Integer.BYTES);
        channel.read(last, Math.max(0, size - Integer.BYTES));
        return last.hasRemaining() ? 0 : last.getInt(0);
    }
}
