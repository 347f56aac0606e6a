// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.yara;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.umbra.introspection.memory.AddressSpace;
import dev.umbra.introspection.memory.MemoryImage;
import dev.umbra.introspection.memory.Paging;
import dev.umbra.introspection.yara.YaraReport.Outcome;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class YaraScannerTest {
    private static final int PAGE = 4096;
    private static final long PRESENT_WRITABLE_USER = 7;
    private static final long CODE = 0x40_0000;
    private static final String RULE = "rule Marker { strings: $a = \"umbra-marker\" condition: $a }";

    @TempDir
    Path work;

    private final MemorySegment bytes = Arena.ofAuto().allocate(64 * PAGE, PAGE);

    @BeforeAll
    static void yaraIsInstalled() {
        assumeTrue(Stream.of("yara", "yarac", "prlimit", "setpriv")
                .allMatch(program -> Files.isExecutable(Path.of("/usr/bin", program))));
    }

    /** Tables in the first pages: one page of a program at 0x400000, another at 0x402000. */
    private AddressSpace process() {
        table(0, 0, 1 * PAGE);
        table(1, 0, 2 * PAGE);
        table(2, CODE >>> 21, 3 * PAGE);
        table(3, 0, 10 * PAGE);
        table(3, 2, 11 * PAGE);
        return new AddressSpace(new MemoryImage(bytes), 0, Paging.FOUR_LEVELS, AddressSpace.PROCESS_TLB);
    }

    private void table(int page, long index, long physical) {
        bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, page * PAGE + index * 8, physical | PRESENT_WRITABLE_USER);
    }

    private void put(long at, String text) {
        MemorySegment.copy(
                MemorySegment.ofArray(text.getBytes(StandardCharsets.US_ASCII)), 0, bytes, at, text.length());
    }

    private YaraReport scan(String source, AddressSpace space, YaraLimits limits) throws IOException, InvalidRules {
        try (YaraRules rules = YaraRules.compile(source, work, YaraLimits.DEFAULT)) {
            return new YaraScanner(work, limits).scan(rules, 7, space);
        } finally {
            try (Stream<Path> left = Files.list(work)) {
                assertThat(left).isEmpty();
            }
        }
    }

    @Test
    void matchesHaveTheirVirtualAddress() throws Exception {
        put(10 * PAGE + 5, "umbra-marker");
        put(11 * PAGE + 9, "umbra-marker");

        YaraReport report = scan(RULE + " rule Always { condition: true }", process(), YaraLimits.DEFAULT);

        assertThat(report.outcome()).isEqualTo(Outcome.COMPLETE);
        assertThat(report.scannedBytes()).isEqualTo(2 * PAGE);
        assertThat(report.truncated()).isFalse();
        assertThat(report.matches())
                .containsExactly(
                        new YaraMatch(7, "Marker", "$a", CODE + 5, 12),
                        new YaraMatch(7, "Marker", "$a", CODE + 2 * PAGE + 9, 12),
                        new YaraMatch(7, "Always", "", 0, 0));
    }

    @Test
    void nothingIsFoundAcrossAGap() throws Exception {
        put(11 * PAGE - 6, "umbra-");
        put(11 * PAGE, "marker");

        assertThat(scan(RULE, process(), YaraLimits.DEFAULT).matches()).isEmpty();
    }

    @Test
    void memoryOfTheKernelIsNotLookedAt() throws Exception {
        process();
        bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, 3 * PAGE, 10 * PAGE | 3);
        put(10 * PAGE, "umbra-marker");

        YaraReport report = scan(
                RULE,
                new AddressSpace(new MemoryImage(bytes), 0, Paging.FOUR_LEVELS, AddressSpace.PROCESS_TLB),
                YaraLimits.DEFAULT);

        assertThat(report.matches()).isEmpty();
        assertThat(report.scannedBytes()).isEqualTo(PAGE);
    }

    @Test
    void tablesThatLeadBackIntoThemselvesHaveAnEnd() throws Exception {
        for (int index = 0; index < 512; index++) {
            table(0, index, 0);
        }

        YaraReport report = scan(
                RULE,
                new AddressSpace(new MemoryImage(bytes), 0, Paging.FOUR_LEVELS, AddressSpace.PROCESS_TLB),
                new YaraLimits(1 << 20, Duration.ofMinutes(5), Duration.ofSeconds(60), 1L << 30, 10));

        assertThat(report.truncated()).isTrue();
        assertThat(report.scannedBytes()).isEqualTo(1 << 20);
    }

    @Test
    void aProcessWithoutEnoughMemoryIsAResult() throws Exception {
        YaraReport report = scan(
                RULE, process(), new YaraLimits(1 << 20, Duration.ofMinutes(5), Duration.ofSeconds(60), 1 << 20, 10));

        assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(report.reason()).isNotEmpty();
    }

    @Test
    void moreMatchesThanAllowedAreLeftOut() throws Exception {
        put(10 * PAGE, "umbra-marker".repeat(20));

        YaraReport report = scan(
                RULE, process(), new YaraLimits(1 << 20, Duration.ofMinutes(5), Duration.ofSeconds(60), 1L << 30, 3));

        assertThat(report.matches()).hasSize(3);
        assertThat(report.truncated()).isTrue();
    }

    @Test
    void rulesThatYaraDoesNotAcceptAreNamed() {
        assertThatThrownBy(() -> YaraRules.compile("rule {", work, YaraLimits.DEFAULT))
                .isInstanceOfSatisfying(
                        InvalidRules.class,
                        invalid -> assertThat(invalid.problems().getFirst()).contains("rules(1)"));
        assertThat(work).isEmptyDirectory();
    }

    @Test
    void rulesMayNotReadFiles() {
        assertThatThrownBy(() -> YaraRules.compile("include \"/etc/passwd\"\n" + RULE, work, YaraLimits.DEFAULT))
                .isInstanceOf(InvalidRules.class);
    }
}
