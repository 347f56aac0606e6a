// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("events/eve.json");
    }

    @Test
    void lines_are_appended_across_restarts_for_the_owner_alone() throws IOException {
        write(1000, 3, "one");
        write(1000, 3, "two");

        assertThat(file()).hasContent("one\ntwo\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    @Test
    void full_files_are_rotated_and_the_oldest_goes() throws IOException {
        write(8, 3, "aaaa", "bbbb", "cccc", "dddd", "eeee");

        assertThat(file()).hasContent("eeee\n");
        assertThat(directory.resolve("events/eve.json.1")).hasContent("dddd\n");
        assertThat(directory.resolve("events/eve.json.2")).hasContent("cccc\n");
        try (Stream<Path> files = Files.list(directory.resolve("events"))) {
            assertThat(files).hasSize(3);
        }
    }

    @Test
    void single_file_starts_anew() throws IOException {
        write(8, 1, "aaaa", "bbbb");

        assertThat(file()).hasContent("bbbb\n");
    }

    @Test
    void line_longer_than_a_file_is_written_all_the_same() throws IOException {
        write(8, 2, "a".repeat(100));

        assertThat(file()).hasSize(101);
    }

    private void write(long maximumSize, int files, String... lines) throws IOException {
        EventFile sink = new EventFile(file(), maximumSize, files);
        for (String line : lines) {
            sink.deliver(TestEvents.event("k"), line);
        }
        sink.close();
    }
}
