// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the kernel module's own user-space tests, of whatever in it needs no kernel, under sanitizers. */
class KernelModuleTest {
    @Test
    void pureFilesOfTheModuleHold(@TempDir Path build) throws Exception {
        Path output = build.resolve("output.txt");
        Process make = new ProcessBuilder("make", "-C", "module/test", "BUILD=" + build, "SECONDS=0")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();

        assertThat(make.waitFor(2, TimeUnit.MINUTES)).isTrue();

        assertThat(make.exitValue()).as(Files.readString(output)).isZero();
    }
}
