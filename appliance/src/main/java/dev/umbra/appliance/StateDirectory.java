// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/** Makes the state directory before anything writes into it, closed to everybody but its owner. */
final class StateDirectory implements ApplicationContextInitializer<ConfigurableApplicationContext> {
    @Override
    public void initialize(ConfigurableApplicationContext context) {
        Path directory = Binder.get(context.getEnvironment())
                .bind("umbra.state-directory", Path.class)
                .orElse(Path.of("/var/lib/umbra"));
        try {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        } catch (IOException failure) {
            throw new UncheckedIOException("state directory " + directory + " cannot be used", failure);
        }
    }
}
