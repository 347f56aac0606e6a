// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.truth.Truth;
import dev.umbra.e2e.truth.TrueModule;
import dev.umbra.e2e.truth.TrueProcess;
import dev.umbra.e2e.truth.TrueSocket;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.view.View;
import dev.umbra.introspection.view.Views;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is read from the memory of kernels that nobody described equals what they say of themselves, field by field. */
@Order(1)
class KernelSnapshotsIT {
    static List<KernelSnapshot> clean() {
        return KernelSnapshot.clean();
    }

    @ParameterizedTest
    @MethodSource("clean")
    void test_kernel_release_isTheOneItTells(KernelSnapshot snapshot) {
        Kernel kernel = snapshot.open();

        assertThat(snapshot.truth().text("proc/version")).contains(kernel.profile().release());
        assertThat(kernel.cpus()).isEqualTo(snapshot.registers().size());
    }

    @ParameterizedTest
    @MethodSource("clean")
    void test_processes_everyField_equalsTruth(KernelSnapshot snapshot) {
        SortedMap<Integer, TrueProcess> expected = TrueProcess.all(snapshot.truth());
        SortedMap<Integer, TrueProcess> found = new TreeMap<>();
        all(new Views(snapshot.open()).processes())
                .forEach(process -> found.put(process.pid(), AsTold.process(process)));

        assertThat(withoutWorkers(found)).isEqualTo(withoutWorkers(expected));
        SoftAssertions workers = new SoftAssertions();
        expected.forEach((pid, process) -> {
            if (process.worker() && found.containsKey(pid)) {
                workers.assertThat(AsTold.atRest(found.get(pid))).isEqualTo(AsTold.atRest(process));
            }
        });
        workers.assertAll();
    }

    @ParameterizedTest
    @MethodSource("clean")
    void test_threads_ofEachProcess_areThoseItTells(KernelSnapshot snapshot) {
        Truth truth = snapshot.truth();
        Views views = new Views(snapshot.open());

        List<String> found = all(views.threads()).stream()
                .filter(thread -> !thread.worker())
                .map(thread -> thread.tgid() + "/" + thread.pid() + " " + thread.state().letter())
                .toList();

        List<String> expected = truth.pids().stream()
                .flatMap(pid -> truth.threads(pid).stream().map(thread -> "proc/" + pid + "/task/" + thread))
                .filter(folder -> !truth.text(folder + "/comm").startsWith("kworker/"))
                .map(folder -> folder.replaceAll("proc/|/task", "") + " "
                        + truth.text(folder + "/stat").replaceFirst("(?s).*\\) (.).*", "$1"))
                .toList();
        assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
    }

    @ParameterizedTest
    @MethodSource("clean")
    void test_sockets_ofAllNamespaces_equalTruth(KernelSnapshot snapshot) {
        List<TrueSocket> found = all(new Views(snapshot.open()).sockets()).stream()
                .map(AsTold::socket)
                .toList();

        assertThat(found)
                .containsExactlyInAnyOrderElementsOf(TrueSocket.all(snapshot.truth()));
    }

    /** The same sockets are found by way of the descriptors, but for those that no process has. */
    @ParameterizedTest
    @MethodSource("clean")
    void test_openSockets_byDescriptors_areThoseOfTheTables(KernelSnapshot snapshot) {
        Truth truth = snapshot.truth();

        List<String> found = all(new Views(snapshot.open()).openSockets()).stream()
                .map(socket -> socket.pid() + "/" + socket.descriptor() + " socket:[" + socket.inode() + "]")
                .toList();

        List<String> expected = truth.pids().stream()
                .flatMap(pid -> truth.descriptors(pid).stream()
                        .map(descriptor -> pid + "/" + descriptor + " " + truth.link("proc/" + pid + "/fd/" + descriptor)))
                .filter(descriptor -> descriptor.contains("socket:["))
                .toList();
        assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
    }

    @ParameterizedTest
    @MethodSource("clean")
    void test_modules_everyField_equalsTruth(KernelSnapshot snapshot) {
        List<TrueModule> found = all(new Views(snapshot.open()).modules()).stream()
                .map(AsTold::module)
                .toList();

        assertThat(found).isEqualTo(TrueModule.all(snapshot.truth()));
    }

    /** The entries of a view that lacks nothing. */
    private static <T> List<T> all(View<T> view) {
        assertThat(view.gaps()).isEmpty();
        return view.entries();
    }

    private static SortedMap<Integer, TrueProcess> withoutWorkers(SortedMap<Integer, TrueProcess> processes) {
        SortedMap<Integer, TrueProcess> others = new TreeMap<>(processes);
        others.values().removeIf(TrueProcess::worker);
        return others;
    }
}
