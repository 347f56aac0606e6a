// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.introspection.memory.Snapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Open files and memory maps of real kernels' processes, as {@code /proc} showed them right before. */
@EnabledIfSystemProperty(named = "umbra.snapshots", matches = ".+")
class FileTruthTest {
    private static List<Snapshot> snapshots() {
        return Truth.snapshots();
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void openFilesAreThoseOfProc(Snapshot snapshot) throws IOException {
        Truth truth = new Truth(snapshot);
        View<OpenFile> view = truth.views.openFiles();
        truth.complete(view);
        Map<String, OpenFile> shown = new TreeMap<>();
        view.stream().forEach(file -> shown.put(file.pid() + "/fd/" + file.descriptor(), file));
        List<String> expected = new ArrayList<>();
        for (int pid : truth.pids()) {
            truth.numbers("proc/" + pid + "/fd").forEach(descriptor -> expected.add(pid + "/fd/" + descriptor));
        }
        assertThat(shown.keySet()).containsExactlyInAnyOrderElementsOf(expected);
        shown.forEach((name, file) -> {
            truth.same(name, truth.link("proc/" + name), file.path());
            Map<String, String> details = truth.fields("proc/" + name.replace("/fd/", "/fdinfo/"));
            truth.same(name + " flags", details.get("flags"), "0" + Integer.toOctalString(file.flags()));
            // The shell reads on in its script after it told.
            if (!file.path().equals("/init")) {
                truth.same(name + " pos", details.get("pos"), String.valueOf(file.position()));
            }
            truth.same(name + " ino", details.get("ino"), String.valueOf(file.inode()));
        });
        truth.check();
    }

    @ParameterizedTest
    @MethodSource("snapshots")
    void memoryMapsAreThoseOfProc(Snapshot snapshot) throws IOException {
        Truth truth = new Truth(snapshot);
        for (Process process : truth.views.processes().entries()) {
            View<MemoryMap> view = truth.views.memoryMaps(process);
            truth.complete(view);
            truth.same(
                    "maps of " + process.pid(),
                    truth.lines("proc/" + process.pid() + "/maps").stream()
                            .filter(line -> !line.endsWith("[vsyscall]"))
                            .map(line -> line.replaceAll(" +", " ").strip())
                            .toList(),
                    view.stream().map(FileTruthTest::line).toList());
        }
        truth.check();
    }

    private static String line(MemoryMap map) {
        return String.format(
                        "%08x-%08x %s %08x %02x:%02x %d %s",
                        map.start(),
                        map.end(),
                        map.permissions(),
                        map.offset(),
                        map.device().major(),
                        map.device().minor(),
                        map.inode(),
                        map.name())
                .strip();
    }
}
