// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.api;

import dev.umbra.appliance.introspection.Fact;
import dev.umbra.appliance.introspection.FactFilter;
import dev.umbra.appliance.introspection.Gap;
import dev.umbra.appliance.introspection.Insight;
import dev.umbra.appliance.introspection.IntrospectionProperties;
import dev.umbra.appliance.introspection.IntrospectionStatus;
import dev.umbra.appliance.introspection.KernelIdentity;
import dev.umbra.appliance.introspection.Moment;
import dev.umbra.appliance.introspection.MomentDifference;
import dev.umbra.appliance.introspection.Section;
import dev.umbra.appliance.problem.ProblemCode;
import dev.umbra.introspection.Finding;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** What the API says of the inside of a VM, be it a tenant's or a cloud VM. */
final class IntrospectionDocuments {
    private static final int NANOSECONDS = 1000;
    private static final int USUAL_PAGE = 200;

    private IntrospectionDocuments() {}

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

            @Schema(description = "Time a scan holds the VM at most; 0: it is never held")
            long maximumPauseMicroseconds) {
        static StatusDocument of(Insight insight, IntrospectionProperties limits) {
            IntrospectionStatus status = insight.status();
            return new StatusDocument(
                    Codes.text(status.state()),
                    status.reason().orElse(null),
                    status.kernel().orElse(null),
                    status.lastScan().map(ScanDocument::of).orElse(null),
                    status.currentScan().map(ScanDocument::of).orElse(null),
                    status.nextScanAt().orElse(null),
                    status.moments(),
                    limits.processorShare(),
                    insight.mayBeHeld() ? limits.maximumPause().toNanos() / NANOSECONDS : 0);
        }
    }

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
    record DifferenceDocument(MomentDocument from, MomentDocument to, List<SectionDifference> sections) {
        static DifferenceDocument of(Insight insight, long from, long to, String section, int limit) {
            Moment before = insight.moment(from);
            Moment after = insight.moment(to);
            List<Section> wanted =
                    section == null ? List.of(Section.values()) : List.of(Codes.parse(Section.class, section));
            int most = Math.clamp(limit, 1, FactPage.LARGEST);
            return new DifferenceDocument(
                    MomentDocument.of(before),
                    MomentDocument.of(after),
                    wanted.stream()
                            .flatMap(each -> Insight.difference(each, before, after).stream())
                            .map(found -> SectionDifference.of(found, most))
                            .toList());
        }
    }

    /** Something that fits a search. */
    @Schema(name = "Hit")
    record Hit(String section, Fact fact) {}

    /** What fits a search. */
    @Schema(name = "SearchResult")
    record SearchResult(MomentDocument moment, int total, List<Hit> hits) {
        /** @param id of a moment; the newest, if null */
        static SearchResult of(Insight insight, String text, Long id, int limit) {
            Moment searched = id == null
                    ? insight.moments().reversed().stream()
                            .findFirst()
                            .orElseThrow(ProblemCode.MOMENT_NOT_FOUND::exception)
                    : insight.moment(id);
            FactFilter filter = new FactFilter(Optional.of(text), OptionalInt.empty());
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
    }

    /** What was found in a VM that should not be there. */
    @Schema(name = "FindingPage")
    record FindingPage(
            int total,
            List<FindingDocument> findings,

            @Schema(description = "What the last scan could not check")
            List<Gap> gaps,

            @Schema(description = "Give it as offset to read on; absent at the end")
            Integer next) {
        static FindingPage of(Insight insight, List<Finding> findings, FindingPart part) {
            List<FindingDocument> found = findings.stream()
                    .filter(finding -> part.open() == null || finding.isOpen() == part.open())
                    .map(FindingDocument::of)
                    .filter(finding -> part.kind() == null || finding.kind().equals(part.kind()))
                    .filter(finding ->
                            part.severity() == null || finding.severity().equals(part.severity()))
                    .toList();
            int limit = part.limit() == null ? USUAL_PAGE : part.limit();
            int first = Math.clamp(part.offset() == null ? 0 : part.offset(), 0, found.size());
            int end = Math.min(found.size(), first + Math.clamp(limit, 1, FactPage.LARGEST));
            return new FindingPage(
                    found.size(), found.subList(first, end), insight.detectionGaps(), end < found.size() ? end : null);
        }
    }

    /** Which findings are wanted. */
    record FindingPart(
            @Parameter(description = "Only this kind") String kind,
            @Parameter(description = "Only this severity") String severity,

            @Parameter(description = "Only what is not over, or only what is")
            Boolean open,

            @Parameter(description = "Findings to skip") Integer offset,

            @Parameter(description = "Findings at most, 1 to 1000; 200 if absent")
            Integer limit) {}
}
