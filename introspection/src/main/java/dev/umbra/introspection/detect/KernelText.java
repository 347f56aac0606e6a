// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.Evidence;
import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.Symbol;
import dev.umbra.introspection.kernel.structures.Gap.Reason;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The kernel's code and read-only data, page by page, against what they were when this boot was first seen.
 *
 * <p>A running kernel changes its own code, at places it knows beforehand and to forms that are known ({@link PatchSites},
 * {@link PatchForms}), and where it was asked for probes. Those places are left out of the hashes and judged by their form, at
 * the first sight as well: a place that has none of its forms was written to by somebody else. So was code behind the tracer's
 * call that leaves the kernel. Other changes before the first sight go unnoticed, so the first scan belongs before the first
 * stranger, when the kernel has just come up; before that it still changes itself everywhere and is not looked at.
 */
final class KernelText implements Detector {
    /** What is remembered of a boot. */
    private record Kept(BlockHashes text, BlockHashes data, PatchSites sites) {}

    private static final int PAGE = BlockHashes.PAGE;
    private static final int MAXIMUM_PAGES = 1 << 16;
    /** Names of one changed block in a finding. */
    private static final int MAXIMUM_NAMES = 4;

    private static final long LARGEST_FUNCTION = 1 << 20;
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

    @Override
    public String name() {
        return "kernel-text";
    }

    @Override
    public Set<FindingKind> kinds() {
        return Set.of(FindingKind.KERNEL_TEXT_CHANGED, FindingKind.KERNEL_DATA_CHANGED);
    }

    @Override
    public void examine(Examination examination) {
        if (!running(examination)) {
            examination.gap(Reason.UNREADABLE, "kernel still starts", 0);
            return;
        }
        Kept kept = examination.previous(Kept.class).orElseGet(() -> first(examination));
        examination.keep(kept);
        new Look(examination, kept).all();
    }

    private static boolean running(Examination examination) {
        KernelProfile profile = examination.profile();
        return examination.memory().u32(profile.requireSymbol("system_state"))
                == profile.constant("SYSTEM_RUNNING").orElse(-1);
    }

    private static Kept first(Examination examination) {
        KernelProfile profile = examination.profile();
        List<Long> trampolines = profile.symbols()
                .filter(symbol -> symbol.name().startsWith("__SCT__"))
                .map(Symbol::address)
                .toList();
        long secret = new SecureRandom().nextLong();
        return new Kept(
                empty(profile, "_stext", "_etext", secret),
                empty(profile, "__start_rodata", "__end_rodata", secret),
                PatchSites.read(examination, trampolines));
    }

    private static BlockHashes empty(KernelProfile profile, String start, String end, long secret) {
        long first = profile.requireSymbol(start) & -PAGE;
        long pages = (profile.requireSymbol(end) - first + PAGE - 1) / PAGE;
        return new BlockHashes(first, Math.clamp(pages, 0, MAXIMUM_PAGES), secret);
    }

    /** One comparison of everything. */
    private static final class Look {
        private final Examination examination;
        private final Kept kept;
        private final PatchForms forms;
        private final ProbedText probed;
        private final byte[] bytes = new byte[PAGE];
        private final MemorySegment page = MemorySegment.ofArray(bytes);
        private final byte[] siteBytes = new byte[2 * Long.BYTES + PatchSites.MAXIMUM_LENGTH];
        private final MemorySegment siteSegment = MemorySegment.ofArray(siteBytes);

        Look(Examination examination, Kept kept) {
            this.examination = examination;
            this.kept = kept;
            this.forms = new PatchForms(examination);
            this.probed = ProbedText.read(examination);
        }

        void all() {
            for (int index = 0; index < kept.text().pages(); index++) {
                compare(kept.text(), index, FindingKind.KERNEL_TEXT_CHANGED);
            }
            for (int index = 0; index < kept.data().pages(); index++) {
                compare(kept.data(), index, FindingKind.KERNEL_DATA_CHANGED);
            }
        }

        private void compare(BlockHashes hashes, int index, FindingKind kind) {
            long address = hashes.address(index);
            if (examination.memory().available(address, page) < PAGE) {
                examination.gap(
                        Reason.UNREADABLE, kind == FindingKind.KERNEL_TEXT_CHANGED ? "text" : "rodata", address);
                return;
            }
            if (kind == FindingKind.KERNEL_TEXT_CHANGED) {
                probed.restore(address, bytes);
                sites(address);
            }
            if (!hashes.has(index)) {
                hashes.fill(index, page);
            } else if (!hashes.same(index, page)) {
                changed(hashes, index, kind);
            }
        }

        /** Judges the places in the page that the kernel patches, and blanks them. */
        private void sites(long address) {
            PatchSites all = kept.sites();
            for (int index = all.firstFrom(address); index < all.count(); index++) {
                PatchSites.Site site = all.site(index);
                long offset = site.address() - address;
                if (offset >= PAGE) {
                    return;
                }
                if (offset >= 0) {
                    judge(site, (int) offset);
                }
                int end = (int) Math.min(offset + site.length(), PAGE);
                for (int at = (int) Math.max(offset, 0); at < end; at++) {
                    bytes[at] = 0;
                }
            }
        }

        private void judge(PatchSites.Site site, int offset) {
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
                report(site.address(), first, "no form of a " + name(site.kind()));
            } else if (site.kind() == PatchSites.Kind.TRACER) {
                long behind = site.address() + site.length();
                OptionalLong target = forms.leaves(
                        behind,
                        source.get(WORD, at + site.length()),
                        source.get(WORD, at + site.length() + Long.BYTES));
                target.ifPresent(code -> leaves(behind, code));
            }
        }

        private static String name(PatchSites.Kind kind) {
            return Sources.text(List.of(kind));
        }

        private void leaves(long address, long target) {
            examination.report(new Sighting(
                    FindingKind.KERNEL_TEXT_CHANGED,
                    function(address),
                    examination.address("place", address),
                    examination.address("leads to", target)));
        }

        private void report(long address, long content, String why) {
            examination.report(new Sighting(
                    FindingKind.KERNEL_TEXT_CHANGED,
                    function(address),
                    examination.address("place", address),
                    new Evidence.Address("bytes, the first lowest", content),
                    new Evidence.Text("why", why)));
        }

        private void changed(BlockHashes hashes, int index, FindingKind kind) {
            for (int block = 0; block < PAGE / BlockHashes.BLOCK; block++) {
                if (!hashes.sameBlock(index, block, page)) {
                    long address = hashes.address(index) + (long) block * BlockHashes.BLOCK;
                    examination.report(new Sighting(
                            kind,
                            within(address),
                            examination.address("changed within 64 bytes from", address),
                            new Evidence.Text("why", "not as at first sight")));
                }
            }
        }

        /** The functions or variables that a block is part of. */
        private String within(long block) {
            return IntStream.iterate(0, offset -> offset < BlockHashes.BLOCK, offset -> offset + Long.BYTES)
                    .mapToObj(offset -> function(block + offset))
                    .distinct()
                    .limit(MAXIMUM_NAMES)
                    .collect(Collectors.joining(" "));
        }

        /** The function or variable that an address lies in. */
        private String function(long address) {
            return examination
                    .profile()
                    .nearest(address)
                    .filter(symbol -> Long.compareUnsigned(address - symbol.address(), LARGEST_FUNCTION) < 0)
                    .map(Symbol::name)
                    .orElse("0x" + Long.toHexString(address));
        }
    }
}
