// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.recording;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordingFilesTest {
    private static final UUID VM = UUID.randomUUID();
    private static final UUID OTHER = UUID.randomUUID();
    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
    private static final int SIZE = 1000;

    @TempDir
    private Path directory;

    private RecordingFiles files;

    @BeforeEach
    void open() {
        files = new RecordingFiles(directory, () -> START.plusSeconds(100));
    }

    @Test
    void everything_known_of_a_recording_is_in_its_name_and_its_file() throws IOException {
        String id = make(VM, 0);

        assertThat(files.find(VM, id, "")).contains(new Recording(id, START, Duration.ofMillis(4321), SIZE, false));
        assertThat(files.find(VM, id, id)).contains(new Recording(id, START, Duration.ofSeconds(100), SIZE, true));
        assertThat(files.find(OTHER, id, "")).isEmpty();
    }

    @Test
    void newest_is_first_and_foreign_files_are_not_listed() throws IOException {
        String older = make(VM, 0);
        String newer = make(VM, 60);
        Files.writeString(directory.resolve(VM.toString()).resolve("notes.txt"), "");
        Files.writeString(directory.resolve(VM.toString()).resolve("99999999-999999-00000000.fbs"), "");

        assertThat(files.list(VM, "").stream().map(Recording::id)).containsExactly(newer, older);
        assertThat(files.list(OTHER, "")).isEmpty();
    }

    @Test
    void oldest_are_removed_beyond_number_and_size_but_never_the_one_in_progress() throws IOException {
        String first = make(VM, 0);
        make(VM, 1);
        String third = make(VM, 2);
        String fourth = make(VM, 3);

        files.prune(VM, 3, 3 * SIZE, first);
        assertThat(files.list(VM, "").stream().map(Recording::id)).contains(fourth, third, first);
        files.prune(VM, 3, SIZE, "");
        assertThat(files.list(VM, "").stream().map(Recording::id)).containsExactly(fourth);
        files.prune(VM, 0, SIZE, "");
        assertThat(files.list(VM, "")).isEmpty();
    }

    @Test
    void recordings_of_records_that_are_gone_are_removed() throws IOException {
        make(VM, 0);
        make(OTHER, 0);

        files.pruneUnknown(OTHER::equals);

        assertThat(directory.resolve(VM.toString())).doesNotExist();
        assertThat(files.list(OTHER, "")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../../etc/passwd", "20260301-120000-0000000", "20260301-120000-0000000g", "a/b"})
    void names_that_are_none_lead_nowhere(String id) {
        assertThat(files.file(VM, id)).isEmpty();
    }

    private String make(UUID vm, long seconds) throws IOException {
        String id = RecordingFiles.id(START.plusSeconds(seconds), "0123abcd");
        byte[] content = new byte[SIZE];
        ByteBuffer.wrap(content).putInt(SIZE - Integer.BYTES, 4321);
        Files.write(files.create(vm, id), content);
        return id;
    }
}
