// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.umbra.e2e.truth.Differences;
import dev.umbra.e2e.truth.TrueModule;
import dev.umbra.e2e.truth.TrueProcess;
import dev.umbra.e2e.truth.TrueSocket;
import dev.umbra.e2e.truth.Truth;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.view.View;
import dev.umbra.introspection.view.Views;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
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

        assertThat(snapshot.truth().text("proc/version"))
                .contains(kernel.profile().release());
        assertThat(kernel.cpus()).isEqualTo(snapshot.registers().size());
    }

    @ParameterizedTest
    @MethodSource("clean")
    void test_processes_everyField_equalsTruth(KernelSnapshot snapshot) {
        SortedMap<Integer, TrueProcess> expected = TrueProcess.all(snapshot.truth());
        SortedMap<Integer, TrueProcess> found = new TreeMap<>();
        all(new Views(snapshot.open()).processes())
                .forEach(process -> found.put(process.pid(), AsTold.process(process)));

        // Workers come and go with the work, and threads of the kernel work now and then.
        found.values().removeIf(process -> process.worker() && !expected.containsKey(process.pid()));
        expected.values().removeIf(process -> process.worker() && !found.containsKey(process.pid()));
        expected.replaceAll((pid, process) -> process.state() == 'R' && found.containsKey(pid)
                ? process.in(found.get(pid).state())
                : process);
        assertThat(Differences.between(found, expected)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("clean")
    void test_threads_ofEachProcess_areThoseItTells(KernelSnapshot snapshot) {
        Truth truth = snapshot.truth();
        Views views = new Views(snapshot.open());

        List<String> found = all(views.threads()).stream()
                .filter(thread -> !thread.name().startsWith("kworker/"))
                .map(thread -> thread.tgid() + "/" + thread.pid())
                .toList();

        List<String> expected = truth.pids().stream()
                .flatMap(pid -> truth.threads(pid).stream().map(thread -> "proc/" + pid + "/task/" + thread))
                .filter(folder -> !truth.text(folder + "/comm").startsWith("kworker/"))
                .map(folder -> folder.replaceAll("proc/|/task", ""))
                .toList();
        assertThat(Differences.between(found, expected)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("clean")
    void test_sockets_ofAllNamespaces_equalTruth(KernelSnapshot snapshot) {
        List<TrueSocket> found = all(new Views(snapshot.open()).sockets()).stream()
                .map(AsTold::socket)
                .toList();

        assertThat(Differences.between(found, TrueSocket.all(snapshot.truth()))).isEmpty();
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
                        .map(descriptor ->
                                pid + "/" + descriptor + " " + truth.link("proc/" + pid + "/fd/" + descriptor)))
                .filter(descriptor -> descriptor.contains("socket:["))
                .toList();
        assertThat(Differences.between(found, expected)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("clean")
    void test_modules_everyField_equalsTruth(KernelSnapshot snapshot) {
        List<TrueModule> found = all(new Views(snapshot.open()).modules()).stream()
                .map(AsTold::module)
                .toList();

        List<TrueModule> expected = TrueModule.all(snapshot.truth());
        assertThat(Differences.between(found, expected)).isEmpty();
        assertThat(found).isEqualTo(expected);
    }

    /** The entries of a view that lacks nothing. */
    private static <T> List<T> all(View<T> view) {
        assertThat(view.gaps()).isEmpty();
        return view.entries();
    }
}
