// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.command;

import dev.umbra.cloudhypervisor.VcpuRegisters;
import dev.umbra.introspection.gdb.DebuggedMachine;
import dev.umbra.introspection.gdb.GdbServer;
import dev.umbra.introspection.kernel.Kernel;
import dev.umbra.introspection.kernel.KernelOpening;
import dev.umbra.introspection.kernel.ProfileCache;
import dev.umbra.introspection.memory.MemoryImage;
import dev.umbra.introspection.procfs.ProcMount;
import dev.umbra.introspection.procfs.ShadowProc;
import dev.umbra.introspection.view.Process;
import dev.umbra.introspection.view.Views;
import dev.umbra.introspection.yara.InvalidRules;
import dev.umbra.introspection.yara.YaraLimits;
import dev.umbra.introspection.yara.YaraMatch;
import dev.umbra.introspection.yara.YaraReport;
import dev.umbra.introspection.yara.YaraRules;
import dev.umbra.introspection.yara.YaraScanner;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What an analyst does with a raw memory image, on any machine: see the VM's {@code /proc}, match YARA rules, attach
 * {@code gdb}. The kernel is found in the image itself; registers of the processors are not in it.
 */
public final class ImageTools {
    private static final String USAGE = """
            proc IMAGE DIRECTORY    mounts the machine's /proc, until input ends
            yara IMAGE RULES WORK   matches rules in the memory of all processes; WORK is a folder for private files
            gdb  IMAGE SOCKET       serves gdb at a Unix socket, until input ends
            """;

    private ImageTools() {}

    /** @param arguments as the usage says */
    public static void main(String[] arguments) throws IOException {
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    /** @return exit status: 0 if all went well, 1 if not, 2 if it was used wrongly */
    static int run(List<String> arguments, PrintStream output, PrintStream errors) throws IOException {
        int expected = arguments.isEmpty() || !arguments.getFirst().equals("yara") ? 3 : 4;
        if (arguments.size() != expected) {
            errors.print(USAGE);
            return 2;
        }
        MemoryImage image = MemoryImage.map(Path.of(arguments.get(1)));
        return switch (Kernel.open(image, List.of(), new ProfileCache(1))) {
            case KernelOpening.Refused refused -> {
                errors.println("kernel refused: " + refused.reason());
                yield 1;
            }
            case KernelOpening.Opened(Kernel kernel) ->
                switch (arguments.getFirst()) {
                    case "proc" -> proc(kernel, Path.of(arguments.get(2)), output);
                    case "gdb" -> gdb(kernel, Path.of(arguments.get(2)), output);
                    case "yara" -> yara(kernel, Path.of(arguments.get(2)), Path.of(arguments.get(3)), output, errors);
                    default -> {
                        errors.print(USAGE);
                        yield 2;
                    }
                };
        };
    }

    private static int proc(Kernel kernel, Path directory, PrintStream output) throws IOException {
        ShadowProc proc = ShadowProc.of(() -> kernel, Duration.ofDays(365));
        try (ProcMount mount = ProcMount.mount(proc, directory, ProcMount.Readers.SELF)) {
            output.println("/proc of " + kernel.profile().release() + " is at " + mount.directory());
            System.in.transferTo(PrintStream.nullOutputStream());
        }
        return 0;
    }

    private static int gdb(Kernel kernel, Path socket, PrintStream output) throws IOException {
        VcpuRegisters unknown = new VcpuRegisters(0, 0, kernel.memory().root(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        try (GdbServer server = GdbServer.at(socket, new DebuggedMachine(kernel, List.of(unknown)))) {
            output.println("target remote " + server.address());
            output.println("symbol-file -o 0x" + Long.toHexString(kernel.slide()) + " vmlinux");
            System.in.transferTo(PrintStream.nullOutputStream());
        }
        return 0;
    }

    private static int yara(Kernel kernel, Path rules, Path work, PrintStream output, PrintStream errors)
            throws IOException {
        int status = 0;
        try (YaraRules compiled = YaraRules.compile(Files.readString(rules), work, YaraLimits.DEFAULT)) {
            YaraScanner scanner = new YaraScanner(work, YaraLimits.DEFAULT);
            for (Process process : new Views(kernel).processes().entries()) {
                if (process.memory().address() == 0) {
                    continue;
                }
                YaraReport report = scanner.scan(
                        compiled, process.pid(), kernel.user(process.memory().pageTable()));
                report.matches().forEach(match -> output.println(line(process, match)));
                if (report.outcome() != YaraReport.Outcome.COMPLETE || report.truncated()) {
                    errors.println(process.pid() + " was not scanned in full: " + report.reason());
                    status = 1;
                }
            }
        } catch (InvalidRules invalid) {
            invalid.problems().forEach(errors::println);
            return 1;
        }
        return status;
    }

    private static String line(Process process, YaraMatch match) {
        return "%d\t%s\t%s\t%s\t0x%x\t%d"
                .formatted(
                        match.pid(),
                        process.name().replaceAll("\\p{Cntrl}", "?"),
                        match.rule(),
                        match.string(),
                        match.address(),
                        match.length());
    }
}
