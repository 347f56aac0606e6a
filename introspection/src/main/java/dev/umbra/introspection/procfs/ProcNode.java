// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.procfs;

import java.util.Collection;
import java.util.function.Supplier;

/** One name of a shadow {@code /proc}, as {@code stat(2)} and {@code readlink(2)} see it. */
sealed interface ProcNode {
    /** The superuser of the tenant. */
    Owner ROOT = new Owner(0, 0);

    /** Type and permissions, as in {@code st_mode}. */
    int mode();

    Owner owner();

    /** The number that programs may compare with other files, or 0 where it says nothing. */
    default long inode() {
        return 0;
    }

    /** Effective user and group, as numbers of the tenant. */
    record Owner(int user, int group) {}

    /** Names, and what is found under a name; some are found without being listed, as threads are in {@code /proc}. */
    non-sealed interface Directory extends ProcNode {
        Collection<String> names();

        /** @return null if there is no such name */
        ProcNode child(String name);

        @Override
        default int mode() {
            return FileType.DIRECTORY | 0555;
        }

        @Override
        default Owner owner() {
            return ROOT;
        }
    }

    /**
     * A regular file, whose content is made when it is opened.
     *
     * @param content whole, never changed afterwards
     */
    record Content(Owner owner, Supplier<byte[]> content) implements ProcNode {
        @Override
        public int mode() {
            return FileType.REGULAR | 0444;
        }
    }

    /** A symbolic link. */
    record Link(Owner owner, String target) implements ProcNode {
        @Override
        public int mode() {
            return FileType.LINK | 0777;
        }
    }

    /**
     * What links of {@code /proc} lead to that has no path, such as {@code socket:[4711]}. It can be asked for its type
     * and number, not opened.
     */
    record Anonymous(Owner owner, int mode, long inode) implements ProcNode {}
}
