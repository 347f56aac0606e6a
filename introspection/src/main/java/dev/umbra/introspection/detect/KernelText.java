// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.FindingKind;
import dev.umbra.introspection.Sighting;
import dev.umbra.introspection.kernel.KernelProfile;
import dev.umbra.introspection.kernel.Symbol;
import java.security.SecureRandom;
import java.util.Set;

/**
 * The code and read-only data of the kernel's image against what they were when this boot was first seen.
 *
 * <p>What {@link MemoryComparison} cannot tell by itself, such as a changed byte, goes unnoticed if it was changed before the
 * first sight; so the first scan belongs before the first stranger, when the kernel has just come up. Before that it still
 * changes itself everywhere and is not looked at.
 */
final class KernelText implements Detector {
    /** What is remembered of a boot. */
    private record Kept(BlockHashes text, BlockHashes data, PatchSites sites) {}

    private static final int PAGE = BlockHashes.PAGE;
    private static final int MAXIMUM_PAGES = 1 << 16;
    private static final long LARGEST_FUNCTION = 1 << 20;

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
        Kept kept = examination.previous(Kept.class).orElseGet(() -> first(examination));
        examination.keep(kept);
        MemoryComparison comparison = new MemoryComparison(examination);
        Image image = new Image(examination);
        comparison.code(kept.text(), kept.sites(), image);
        comparison.constants(kept.data(), image);
    }

    private static Kept first(Examination examination) {
        KernelProfile profile = examination.profile();
        long secret = new SecureRandom().nextLong();
        return new Kept(
                empty(profile, "_stext", "_etext", secret),
                empty(profile, "__start_rodata", "__end_rodata", secret),
                PatchSiteReader.ofKernel(examination));
    }

    private static BlockHashes empty(KernelProfile profile, String start, String end, long secret) {
        long first = profile.requireSymbol(start) & -PAGE;
        long pages = (profile.requireSymbol(end) - first + PAGE - 1) / PAGE;
        return new BlockHashes(first, Math.clamp(pages, 0, MAXIMUM_PAGES), secret);
    }

    private record Image(Examination examination) implements MemoryComparison.Owner {
        @Override
        public String name(long address) {
            return examination
                    .profile()
                    .nearest(address)
                    .filter(symbol -> Long.compareUnsigned(address - symbol.address(), LARGEST_FUNCTION) < 0)
                    .map(Symbol::name)
                    .orElse("0x" + Long.toHexString(address));
        }

        @Override
        public boolean mayGoOnTo(CodeMap.Code code) {
            return code.owner() == CodeMap.Owner.KERNEL;
        }

        @Override
        public void report(Sighting sighting) {
            examination.report(sighting);
        }
    }
}
