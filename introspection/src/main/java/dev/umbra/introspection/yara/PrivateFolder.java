// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.yara;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/** A folder that nobody else may enter, gone with everything in it when it is closed. */
record PrivateFolder(Path path) implements AutoCloseable {
    static PrivateFolder in(Path work) throws IOException {
        Files.createDirectories(work);
        return new PrivateFolder(Files.createTempDirectory(
                work, "yara-", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
    }

    Path file(String name) {
        return path.resolve(name);
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(path);
    }
}
