// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.account.Account;
import dev.umbra.appliance.introspection.Fact;
import dev.umbra.appliance.introspection.FactFilter;
import dev.umbra.appliance.introspection.Gap;
import dev.umbra.appliance.introspection.IntrospectionService;
import dev.umbra.appliance.introspection.IntrospectionStatus;
import dev.umbra.appliance.introspection.KernelIdentity;
import dev.umbra.appliance.introspection.Moment;
import dev.umbra.appliance.introspection.MomentDifference;
import dev.umbra.appliance.introspection.Section;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.appliance.vm.VmAction;
import dev.umbra.appliance.vm.VmDirectory;
import dev.umbra.appliance.vm.VmRecord;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** How well a VM can be looked into, what was seen when, and what changed. */
@RestController
@RequestMapping("/api/v1/vms/{vm}/introspection")
@Tag(name = "Introspection", description = "For the VM's own tenant alone, but for its state and findings")
class IntrospectionController {
    private static final int NANOSECONDS = 1000;

    /** How well a VM can be looked into. */
    @Schema(name = "Introspection")
    record StatusDocument(
            @Schema(description = "disabled, waiting, ready, refused or unreachable", example = "ready")
            String state,

            @Schema(description = "Why not, in words") String reason,
            KernelIdentity kernel,
            ScanDocument lastScan,
            ScanDocument currentScan,
            Instant nextScanAt,

            @Schema(description = "Moments that are kept") int moments,

            @Schema(description = "Percent of a processor a scan takes at most")
            int processorShare,

            @Schema(description = "Time a scan holds the VM at most")
            long maximumPauseMicroseconds) {}

    /** A moment, without its facts. */
    @Schema(name = "Moment")
    record MomentDocument(
            long id,
            Instant at,
            @Schema(description = "live or paused") String mode,

            @Schema(description = "How long the VM was held")
            long pauseMicroseconds,

            KernelIdentity kernel,

            @Schema(description = "Facts by section", example = "{\"processes\":87}")
            Map<String, Integer> sections,

            long gaps) {
        static MomentDocument of(Moment moment) {
            Map<String, Integer> sections = new TreeMap<>();
            moment.sections()
                    .forEach((section, seen) ->
                            sections.put(Codes.text(section), seen.facts().size()));
            return new MomentDocument(
                    moment.id(),
                    moment.at(),
                    Codes.text(moment.mode()),
                    moment.pause().toNanos() / NANOSECONDS,
                    moment.kernel(),
                    sections,
                    moment.gaps());
        }
    }

    /** What changed in a section. */
    @Schema(name = "SectionDifference")
    record SectionDifference(
            String section,

            @Schema(description = "How many appeared, in all")
            int appearedTotal,

            @Schema(description = "How many are gone, in all")
            int goneTotal,

            @Schema(description = "How many changed, in all")
            int changedTotal,

            List<Fact> appeared,
            List<Fact> gone,
            List<MomentDifference.Change> changed,

            @Schema(description = "What was not seen at one of the moments")
            List<Gap> gaps) {
        static SectionDifference of(MomentDifference difference, int limit) {
            return new SectionDifference(
                    Codes.text(difference.section()),
                    difference.appeared().size(),
                    difference.gone().size(),
                    difference.changed().size(),
                    first(difference.appeared(), limit),
                    first(difference.gone(), limit),
                    first(difference.changed(), limit),
                    difference.gaps());
        }

        private static <T> List<T> first(List<T> all, int limit) {
            return all.subList(0, Math.min(limit, all.size()));
        }
    }

    /** What changed between two moments. */
    @Schema(name = "Difference")
    record DifferenceDocument(MomentDocument from, MomentDocument to, List<SectionDifference> sections) {}

    /** Something that fits a search. */
    @Schema(name = "Hit")
    record Hit(String section, Fact fact) {}

    /** What fits a search. */
    @Schema(name = "SearchResult")
    record SearchResult(MomentDocument moment, int total, List<Hit> hits) {}

    /** What was found in a VM that should not be there. */
    @Schema(name = "FindingPage")
    record FindingPage(
            int total,
            List<FindingDocument> findings,

            @Schema(description = "What the last scan could not check")
            List<Gap> gaps,

            @Schema(description = "Give it as offset to read on; absent at the end")
            Integer next) {}

    private final VmDirectory directory;
    private final IntrospectionService introspection;

    IntrospectionController(VmDirectory directory, IntrospectionService introspection) {
        this.directory = directory;
        this.introspection = introspection;
    }

    @GetMapping
    @Operation(summary = "Whether the VM can be looked into, and which kernel it runs")
    StatusDocument status(@PathVariable String vm, @AuthenticationPrincipal Account account) {
        IntrospectionStatus status = introspection.status(directory.require(account, vm, VmAction.INSPECT));
        return new StatusDocument(
                Codes.text(status.state()),
                status.reason().orElse(null),
                status.kernel().orElse(null),
                status.lastScan().map(ScanDocument::of).orElse(null),
                status.currentScan().map(ScanDocument::of).orElse(null),
                status.nextScanAt().orElse(null),
                status.moments(),
                introspection.limits().processorShare(),
                introspection.limits().maximumPause().toNanos() / NANOSECONDS);
    }

    @GetMapping("/moments")
    @Operation(summary = "Moments that are kept, newest first")
    List<MomentDocument> moments(@PathVariable String vm, @AuthenticationPrincipal Account account) {
        return introspection.moments(directory.require(account, vm, VmAction.INTROSPECT)).reversed().stream()
                .map(MomentDocument::of)
                .toList();
    }

    @GetMapping("/diff")
    @Operation(
            summary = "What changed between two moments",
            description = "Processor times, memory in use and the like are not changes. Only sections seen at both.")
    DifferenceDocument difference(
            @PathVariable String vm,
            @RequestParam long from,
            @RequestParam long to,
            @Parameter(description = "Only this section") @RequestParam(required = false) String section,
            @Parameter(description = "Facts of a kind at most, 1 to 1000") @RequestParam(defaultValue = "200")
                    int limit,
            @AuthenticationPrincipal Account account) {
        VmRecord record = directory.require(account, vm, VmAction.INTROSPECT);
        Moment before = introspection.moment(record, from);
        Moment after = introspection.moment(record, to);
        List<Section> wanted =
                section == null ? List.of(Section.values()) : List.of(Codes.parse(Section.class, section));
        int most = Math.clamp(limit, 1, FactPage.LARGEST);
        return new DifferenceDocument(
                MomentDocument.of(before),
                MomentDocument.of(after),
                wanted.stream()
                        .flatMap(each -> introspection.difference(each, before, after).stream())
                        .map(found -> SectionDifference.of(found, most))
                        .toList());
    }

    @GetMapping("/search")
    @Operation(summary = "Search all sections of a moment")
    SearchResult search(
            @PathVariable String vm,
            @Parameter(description = "Must occur in one of the values, whatever its case", example = "sshd")
                    @RequestParam
                    String q,
            @Parameter(description = "Id of a moment; the newest, if absent") @RequestParam(required = false)
                    Long moment,
            @Parameter(description = "Hits at most, 1 to 1000") @RequestParam(defaultValue = "100") int limit,
            @AuthenticationPrincipal Account account) {
        VmRecord record = directory.require(account, vm, VmAction.INTROSPECT);
        Moment searched = moment == null
                ? introspection.moments(record).reversed().stream()
                        .findFirst()
                        .orElseThrow(ProblemCode.MOMENT_NOT_FOUND::exception)
                : introspection.moment(record, moment);
        FactFilter filter = new FactFilter(Optional.of(q), OptionalInt.empty());
        List<Hit> hits = Arrays.stream(Section.values())
                .filter(searched.sections()::containsKey)
                .flatMap(section -> searched.sections().get(section).facts().stream()
                        .filter(filter::accepts)
                        .map(fact -> new Hit(Codes.text(section), fact)))
                .toList();
        return new SearchResult(
                MomentDocument.of(searched),
                hits.size(),
                hits.subList(0, Math.min(hits.size(), Math.clamp(limit, 1, FactPage.LARGEST))));
    }

    @GetMapping("/findings")
    @Operation(summary = "What was found that should not be, the newest last", description = "Administrators, too.")
    FindingPage findings(
            @PathVariable String vm,
            @Parameter(description = "Only this kind") @RequestParam(required = false) String kind,
            @Parameter(description = "Only this severity") @RequestParam(required = false) String severity,
            @Parameter(description = "Only what is not over, or only what is") @RequestParam(required = false)
                    Boolean open,
            @RequestParam(defaultValue = "0") int offset,
            @Parameter(description = "Findings at most, 1 to 1000") @RequestParam(defaultValue = "200") int limit,
            @AuthenticationPrincipal Account account) {
        VmRecord record = directory.require(account, vm, VmAction.INSPECT);
        List<FindingDocument> found = directory.findings(account, vm).stream()
                .filter(finding -> open == null || finding.isOpen() == open)
                .map(FindingDocument::of)
                .filter(finding -> kind == null || finding.kind().equals(kind))
                .filter(finding -> severity == null || finding.severity().equals(severity))
                .toList();
        int first = Math.clamp(offset, 0, found.size());
        int end = Math.min(found.size(), first + Math.clamp(limit, 1, FactPage.LARGEST));
        return new FindingPage(
                found.size(),
                found.subList(first, end),
                introspection.detectionGaps(record),
                end < found.size() ? end : null);
    }
}
