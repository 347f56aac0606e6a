// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.memory;

/**
 * The shape of the nested page tables of a host's cloud VMs.
 *
 * @param levels 4, or 5 where the cloud VM's hypervisor itself runs on five
 */
public record NestedTable(Format format, int levels) {
    private static final long PRESENT = 1;
    private static final long PAGE_SIZE_BIT = 1 << 7;

    static final int READABLE = 1;
    static final int WRITABLE = 1 << 1;
    static final int EXECUTABLE = 1 << 2;

    public NestedTable {
        if (levels != 4 && levels != 5) {
            throw new IllegalArgumentException("nested page tables have 4 or 5 levels, not " + levels);
        }
    }

    /**
     * How entries are read. Addresses have at most 52 bits; that a processor implements fewer is not known here, and a
     * table beyond them has no memory behind it.
     */
    public enum Format {
        /** AMD: ordinary long-mode tables; each access of a guest counts as one of a user (APM volume 2, 15.25.5). */
        NPT {
            @Override
            boolean present(long entry) {
                return (entry & PRESENT) != 0;
            }

            @Override
            boolean malformed(long entry, int level, boolean leaf) {
                if (level > 3) {
                    return (entry & PAGE_SIZE_BIT) != 0;
                }
                return leaf && level > 1 && (entry & pageMask(level) & ~0x1fffL) != 0;
            }

            @Override
            int rights(long entry) {
                boolean user = (entry & 1 << 2) != 0;
                boolean writable = user && (entry & 1 << 1) != 0;
                boolean executable = user && entry >= 0;
                return (user ? READABLE : 0) | (writable ? WRITABLE : 0) | (executable ? EXECUTABLE : 0);
            }
        },
        /** Intel: EPT (SDM volume 3, 29.3.2 and 29.3.3.1). Never run on such a machine yet. */
        EPT {
            @Override
            boolean present(long entry) {
                return (entry & 7) != 0;
            }

            @Override
            boolean malformed(long entry, int level, boolean leaf) {
                if ((entry & 3) == 2) {
                    return true;
                }
                if (leaf) {
                    long type = entry >>> 3 & 7;
                    return type == 2 || type == 3 || type == 7 || (entry & pageMask(level) & ~0xfffL) != 0;
                }
                return (entry & (level > 3 ? 0xf8 : 0x78)) != 0;
            }

            @Override
            int rights(long entry) {
                return (int) entry & 7;
            }
        };

        abstract boolean present(long entry);

        abstract boolean malformed(long entry, int level, boolean leaf);

        /** Bits {@link #READABLE}, {@link #WRITABLE}, {@link #EXECUTABLE}. */
        abstract int rights(long entry);

        static boolean leaf(long entry, int level) {
            return level == 1 || level <= 3 && (entry & PAGE_SIZE_BIT) != 0;
        }

        /** Address bits within a page that a leaf at a level maps. */
        static long pageMask(int level) {
            return (1L << shift(level)) - 1;
        }

        static int shift(int level) {
            return 3 + 9 * level;
        }
    }

    /**
     * Translates one address. For many of them there is {@link TenantMemory}.
     *
     * @param root as the processor has it: nCR3 or EPTP
     */
    public Translation translate(CloudMemory memory, long root, long tenantPhysical) {
        NestedWalk walk = new NestedWalk(this);
        return switch (walk.walk(memory, root, tenantPhysical)) {
            case MAPPED ->
                new Translation.Mapped(
                        walk.cloudPhysical(),
                        Format.pageMask(walk.level()) + 1,
                        (walk.rights() & READABLE) != 0,
                        (walk.rights() & WRITABLE) != 0,
                        (walk.rights() & EXECUTABLE) != 0);
            case NOT_PRESENT -> new Translation.NotPresent(walk.level());
            case MALFORMED -> new Translation.Malformed(walk.level());
        };
    }
}
