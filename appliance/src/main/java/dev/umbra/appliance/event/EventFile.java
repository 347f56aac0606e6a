// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.event;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Events as lines of a file that a collector follows. A file that is full is renamed to {@code .1}, what had that name to {@code .2},
 * and so on; the oldest is removed.
 */
final class EventFile implements EventSink {
    private final Path file;
    private final long maximumSize;
    private final int files;
    private FileOutputStream open;
    private long size;

    /**
     * @param maximumSize of one file, in bytes
     * @param files in all, at least 1
     */
    EventFile(Path file, long maximumSize, int files) {
        this.file = file;
        this.maximumSize = maximumSize;
        this.files = files;
    }

    @Override
    public void deliver(SecurityEvent event, String line) throws IOException {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.US_ASCII);
        if (open == null) {
            open();
        }
        if (size > 0 && size + bytes.length > maximumSize) {
            rotate();
        }
        try {
            open.write(bytes);
            size += bytes.length;
        } catch (IOException failure) {
            close();
            throw failure;
        }
    }

    private void open() throws IOException {
        Files.createDirectories(file.getParent());
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        open = new FileOutputStream(file.toFile(), true);
        size = Files.size(file);
    }

    private void rotate() throws IOException {
        close();
        for (int number = files - 1; number >= 1; number--) {
            Path from = number == 1 ? file : numbered(number - 1);
            if (Files.exists(from)) {
                Files.move(from, numbered(number), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (files == 1) {
            Files.deleteIfExists(file);
        }
        open();
    }

    private Path numbered(int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    @Override
    public void close() {
        try {
            if (open != null) {
                open.close();
            }
        } catch (IOException alreadyBroken) {
            // What was written is written; the next delivery opens the file anew.
        } finally {
            open = null;
        }
    }
}
