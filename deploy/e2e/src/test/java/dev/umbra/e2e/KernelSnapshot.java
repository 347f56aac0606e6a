// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.e2e.truth.Truth;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelOpening;
import dev.umbra.introspection.kernel.ProfileCache;
import dev.umbra.introspection.memory.MemoryImage;
import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The memory of a VM that stands still, as {@code deploy/testbed/build-snapshots} made it. The system property
 * {@code umbra.snapshots} names the folder of them.
 */
record KernelSnapshot(Path folder) {
    private static final ProfileCache PROFILES = new ProfileCache(4);

    /** All there are, those with a rootkit among them. */
    static List<KernelSnapshot> all() {
        Path folder = Path.of(System.getProperty("umbra.snapshots", ".umbra/build/snapshots"));
        try (Stream<Path> folders = Files.list(folder)) {
            return folders.filter(path -> Files.exists(path.resolve("made-of")))
                    .sorted()
                    .map(KernelSnapshot::new)
                    .toList();
        } catch (IOException missing) {
            throw new UncheckedIOException("no snapshots; run deploy/testbed/build-snapshots " + folder, missing);
        }
    }

    static List<KernelSnapshot> clean() {
        return all().stream().filter(snapshot -> !snapshot.tampered()).toList();
    }

    static List<KernelSnapshot> withRootkit() {
        return all().stream().filter(KernelSnapshot::tampered).toList();
    }

    boolean tampered() {
        return Files.exists(folder.resolve("tricks"));
    }

    /** Parameters of the test rootkit by name. */
    Map<String, Integer> tricks() {
        Map<String, Integer> tricks = new LinkedHashMap<>();
        read("tricks")
                .lines()
                .map(line -> line.split("="))
                .forEach(pair -> tricks.put(pair[0], Integer.valueOf(pair[1])));
        return tricks;
    }

    /** What the kernel said before a rootkit was loaded, if one was. */
    Truth truth() {
        return Truth.ofFolder(folder.resolve("truth"));
    }

    /** What it said with the rootkit. */
    Truth seen() {
        return Truth.ofFolder(folder.resolve("seen"));
    }

    List<VcpuRegisters> registers() {
        try {
            return new Snapshot(folder).registers();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    Kernel open() {
        try {
            MemoryImage memory = MemoryImage.map(folder.resolve("memory.raw"));
            return switch (Kernel.open(memory, registers(), PROFILES)) {
                case KernelOpening.Opened opened -> opened.kernel();
                case KernelOpening.Refused refused -> throw new IllegalStateException(this + ": " + refused.reason());
            };
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private String read(String file) {
        try {
            return Files.readString(folder.resolve(file));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public String toString() {
        return folder.getFileName().toString();
    }
}
