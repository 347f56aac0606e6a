// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.cryptomator.jfuse.api.Fuse;
import org.cryptomator.jfuse.api.FuseBuilder;
import org.cryptomator.jfuse.api.FuseMountFailedException;

/**
 * A shadow {@code /proc} at a directory of the host, read-only, until it is closed. Programs see it in their own mount
 * namespace over {@code /proc}, so that they need no option:
 *
 * <pre>{@code unshare --mount sh -c 'mount --bind /run/umbra/proc/tenant-a /proc && ps aux'}</pre>
 *
 * <p>It needs libfuse 3 and {@code /dev/fuse}; an account other than root also {@code fusermount3}.
 *
 * <p>What breaks it: a process that is killed leaves a mount that answers nothing. Mounting again over it removes it first.
 */
public final class ProcMount implements AutoCloseable {
    private static final Path LIBRARY = Path.of("/usr/lib/x86_64-linux-gnu/libfuse3.so.3");
    private static final long UNMOUNT_SECONDS = 10;

    private final Fuse fuse;
    private final Path directory;

    private ProcMount(Fuse fuse, Path directory) {
        this.fuse = fuse;
        this.directory = directory;
    }

    /** Who may look. */
    public enum Readers {
        /** The account that mounts it alone. */
        SELF,
        /** Every account of the host; where root does not mount, {@code user_allow_other} must be set. */
        EVERYONE
    }

    /**
     * Mounts.
     *
     * @param directory made if it is not there
     * @throws IOException if it cannot be mounted, with the reason
     */
    public static ProcMount mount(ShadowProc proc, Path directory, Readers readers) throws IOException {
        if (!Files.isDirectory(directory)) {
            unmount(directory);
            Files.createDirectories(directory);
        }
        try {
            FuseBuilder builder = Fuse.builder();
            builder.setLibraryPath(Files.exists(LIBRARY) ? LIBRARY.toString() : null);
            Fuse fuse = builder.build(new ProcOperations(proc, builder.errno()));
            fuse.mount("umbra-proc", directory, options(readers));
            return new ProcMount(fuse, directory);
        } catch (FuseMountFailedException | UnsatisfiedLinkError | UnsupportedOperationException e) {
            throw new IOException("cannot mount a shadow /proc at " + directory + ": " + e.getMessage(), e);
        }
    }

    private static String[] options(Readers readers) {
        List<String> options = new ArrayList<>(
                List.of("ro", "nosuid", "nodev", "noexec", "fsname=umbra-proc", "attr_timeout=0", "entry_timeout=0"));
        if (readers == Readers.EVERYONE) {
            options.add("allow_other");
        }
        return new String[] {"-s", "-o", String.join(",", options)};
    }

    public Path directory() {
        return directory;
    }

    /** Unmounts, also while programs use it. */
    @Override
    public void close() throws IOException {
        unmount(directory);
        try {
            fuse.close();
        } catch (TimeoutException e) {
            throw new IOException("the shadow /proc at " + directory + " is still in use", e);
        }
    }

    private static void unmount(Path directory) throws IOException {
        Process process = new ProcessBuilder("fusermount3", "-u", "-z", "-q", directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (!process.waitFor(UNMOUNT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
