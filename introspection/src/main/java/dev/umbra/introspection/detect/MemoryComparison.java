// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Compares code and constants, page by page, with what they were at first sight.
 *
 * <p>A running kernel changes code, its own and that of modules, at places it knows beforehand and to forms that are known
 * ({@link PatchSites}, {@link PatchForms}), and where it was asked for probes. Those places are left out of the hashes and judged
 * by their form, at the first sight as well: a place that has none of its forms was written to by somebody else. So was code
 * behind the tracer's call that leaves what it may go on to. For one look.
 */
final class MemoryComparison {
    /** Whose memory it is. */
    interface Owner {
        /** The function or variable that an address lies in. */
        String name(long address);

        /** Whether a function may go on to code right at its beginning. */
        boolean mayGoOnTo(CodeMap.Code code);

        void report(Sighting sighting);
    }

    private static final int PAGE = BlockHashes.PAGE;
    /** Names of one changed block in a finding. */
    private static final int MAXIMUM_NAMES = 4;

    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

    private final Examination examination;
    private final PatchForms forms;
    private final ProbedText probed;
    private final byte[] bytes = new byte[PAGE];
    private final MemorySegment page = MemorySegment.ofArray(bytes);
    private final byte[] siteBytes = new byte[2 * Long.BYTES + PatchSites.MAXIMUM_LENGTH];
    private final MemorySegment siteSegment = MemorySegment.ofArray(siteBytes);

    MemoryComparison(Examination examination) {
        this.examination = examination;
        this.forms = new PatchForms(examination);
        this.probed = ProbedText.read(examination);
    }

    /** Looks at code; pages that were not seen before are remembered. */
    void code(BlockHashes hashes, PatchSites sites, Owner owner) {
        for (int index = 0; index < hashes.pages(); index++) {
            long address = hashes.address(index);
            if (read("text", address)) {
                probed.restore(address, bytes);
                judgeAndBlank(address, sites, owner);
                compare(hashes, index, FindingKind.KERNEL_TEXT_CHANGED, owner);
            }
        }
    }

    /** Looks at constants; pages that were not seen before are remembered. */
    void constants(BlockHashes hashes, Owner owner) {
        for (int index = 0; index < hashes.pages(); index++) {
            if (read("rodata", hashes.address(index))) {
                compare(hashes, index, FindingKind.KERNEL_DATA_CHANGED, owner);
            }
        }
    }

    private boolean read(String what, long address) {
        boolean whole = examination.memory().available(address, page) == PAGE;
        if (!whole) {
            examination.gap(Reason.UNREADABLE, what, address);
        }
        return whole;
    }

    private void compare(BlockHashes hashes, int index, FindingKind kind, Owner owner) {
        if (!hashes.has(index)) {
            hashes.fill(index, page);
        } else if (!hashes.same(index, page)) {
            changed(hashes, index, kind, owner);
        }
    }

    /** Judges the places in the page that the kernel patches, and blanks them. */
    private void judgeAndBlank(long address, PatchSites sites, Owner owner) {
        for (int index = sites.firstFrom(address); index < sites.count(); index++) {
            PatchSites.Site site = sites.site(index);
            long offset = site.address() - address;
            if (offset >= PAGE) {
                return;
            }
            if (offset >= 0) {
                judge(site, (int) offset, sites, owner);
            }
            int end = (int) Math.min(offset + site.length(), PAGE);
            for (int at = (int) Math.max(offset, 0); at < end; at++) {
                bytes[at] = 0;
            }
        }
    }

    private void judge(PatchSites.Site site, int offset, PatchSites sites, Owner owner) {
        MemorySegment source = page;
        int at = offset;
        if (offset + siteBytes.length > PAGE) {
            if (examination.memory().available(site.address(), siteSegment) < siteBytes.length) {
                return;
            }
            probed.restore(site.address(), siteBytes);
            source = siteSegment;
            at = 0;
        }
        long first = source.get(WORD, at);
        if (!forms.accepted(site, first)) {
            owner.report(new Sighting(
                    FindingKind.KERNEL_TEXT_CHANGED,
                    owner.name(site.address()),
                    examination.address("place", site.address()),
                    new Evidence.Address("bytes, the first lowest", first),
                    new Evidence.Text("why", "no form of a " + Sources.text(List.of(site.kind())))));
        } else if (site.kind() == PatchSites.Kind.TRACER && !sites.has(site.end())) {
            long behind = site.end();
            OptionalLong target = forms.leaves(
                    behind,
                    source.get(WORD, at + site.length()),
                    source.get(WORD, at + site.length() + Long.BYTES),
                    owner::mayGoOnTo);
            target.ifPresent(code -> owner.report(new Sighting(
                    FindingKind.KERNEL_TEXT_CHANGED,
                    owner.name(behind),
                    examination.address("place", behind),
                    examination.address("leads to", code))));
        }
    }

    private void changed(BlockHashes hashes, int index, FindingKind kind, Owner owner) {
        for (int block = 0; block < PAGE / BlockHashes.BLOCK; block++) {
            if (!hashes.sameBlock(index, block, page)) {
                long address = hashes.address(index) + (long) block * BlockHashes.BLOCK;
                owner.report(new Sighting(
                        kind,
                        within(address, owner),
                        examination.address("changed within 64 bytes from", address),
                        new Evidence.Text("why", "not as at first sight")));
            }
        }
    }

    /** The functions or variables that a block is part of. */
    private static String within(long block, Owner owner) {
        return IntStream.iterate(0, offset -> offset < BlockHashes.BLOCK, offset -> offset + Long.BYTES)
                .mapToObj(offset -> owner.name(block + offset))
                .distinct()
                .limit(MAXIMUM_NAMES)
                .collect(Collectors.joining(" "));
    }
}
