// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.yara;

import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.yara.YaraReport.Outcome;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Matches rules against the memory of a process. The memory is written to a private file, the stock {@code yara} reads it
 * in a process with limits, and the places it names are turned back into virtual addresses. A fault in YARA, which parses
 * hostile bytes in C, ends that process and nothing else.
 *
 * <p>What it does not see: memory that is swapped out or was never touched; and a string across two areas that lie apart.
 * To rules, all of a process is one file.
 */
public final class YaraScanner {
    private static final Pattern PLACE = Pattern.compile("0x([0-9a-f]{1,16}):([0-9]{1,9}):(\\$\\w*).*");
    private static final Pattern RULE = Pattern.compile("(\\w+) memory");
    private static final int MAXIMUM_SLOTS = 1 << 20;

    private final Path work;
    private final YaraLimits limits;

    /**
     * @param work folder for files of processes while they are scanned; best on a file system in memory, since they hold
     *     what the tenant's processes hold
     */
    public YaraScanner(Path work, YaraLimits limits) {
        this.work = Objects.requireNonNull(work, "work");
        this.limits = Objects.requireNonNull(limits, "limits");
    }

    /**
     * Scans one process.
     *
     * @param space its address space, as {@code Kernel.user} gives it for {@code Process.memory().pageTable()}
     * @throws IOException if {@code yara} is not installed, or files cannot be written
     */
    public YaraReport scan(YaraRules rules, int pid, AddressSpace space) throws IOException {
        ResidentMemory memory = ResidentMemory.of(space, limits.bytesPerProcess());
        try (PrivateFolder folder = PrivateFolder.in(work)) {
            try (FileChannel file =
                    FileChannel.open(folder.file("memory"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                memory.writeTo(file, space);
            }
            LimitedProcess.Result result = LimitedProcess.run(command(rules.compiled()), folder.path(), limits);
            return report(pid, memory, result);
        }
    }

    private List<String> command(Path compiled) {
        return List.of(
                "yara",
                "--compiled-rules",
                "--no-warnings",
                "--print-string-length",
                "--threads=1",
                "--max-rules=" + limits.matches(),
                "--timeout=" + Math.max(1, limits.time().toSeconds()),
                "--stack-size=" + MAXIMUM_SLOTS,
                compiled.toAbsolutePath().toString(),
                "memory");
    }

    private YaraReport report(int pid, ResidentMemory memory, LimitedProcess.Result result) {
        List<YaraMatch> matches = matches(pid, memory, result.lines());
        boolean truncated = !memory.complete() || result.truncated() || matches.size() > limits.matches();
        Outcome outcome = result.timedOut() || timedOut(result)
                ? Outcome.TIMED_OUT
                : result.status() == 0 || result.truncated() ? Outcome.COMPLETE : Outcome.FAILED;
        String reason = switch (outcome) {
            case COMPLETE -> "";
            case TIMED_OUT -> "not finished in time";
            case FAILED -> reason(result);
        };
        List<YaraMatch> reported = matches.subList(0, Math.min(matches.size(), limits.matches()));
        return new YaraReport(pid, reported, memory.bytes(), truncated, outcome, reason);
    }

    private static boolean timedOut(LimitedProcess.Result result) {
        return result.lines().stream().anyMatch(line -> line.startsWith("error") && line.contains("timed out"));
    }

    private static String reason(LimitedProcess.Result result) {
        return result.lines().stream()
                .filter(line -> line.startsWith("error"))
                .findFirst()
                .orElse("yara ended with status " + result.status());
    }

    private List<YaraMatch> matches(int pid, ResidentMemory memory, List<String> lines) {
        List<YaraMatch> matches = new ArrayList<>();
        String rule = "";
        boolean placed = true;
        for (String line : lines) {
            Matcher place = PLACE.matcher(line);
            Matcher name = RULE.matcher(line);
            if (place.matches() && !rule.isEmpty()) {
                placed = true;
                matches.add(new YaraMatch(
                        pid,
                        rule,
                        place.group(3),
                        memory.address(Long.parseUnsignedLong(place.group(1), 16)),
                        Integer.parseInt(place.group(2))));
            } else if (name.matches()) {
                if (!placed) {
                    matches.add(new YaraMatch(pid, rule, "", 0, 0));
                }
                rule = name.group(1);
                placed = false;
            }
        }
        if (!placed) {
            matches.add(new YaraMatch(pid, rule, "", 0, 0));
        }
        return matches;
    }
}
