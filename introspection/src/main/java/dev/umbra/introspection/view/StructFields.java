// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

import dev.umbra.introspection.kernel.KernelProfile;

/** Looks up where the fields of one structure are, in kernels that name them differently. */
final class StructFields {
    /** Offset of a field that this kernel does not have. */
    static final int ABSENT = -1;

    private final KernelProfile profile;
    private final String struct;

    StructFields(KernelProfile profile, String struct) {
        this.profile = profile;
        this.struct = struct;
    }

    /** @return bytes from the beginning of the structure */
    int at(String path) {
        return profile.offset(struct, path);
    }

    /** The first of these that there is; the last must be there. */
    int first(String... paths) {
        for (int index = 0; index < paths.length - 1; index++) {
            if (profile.has(struct, paths[index])) {
                return at(paths[index]);
            }
        }
        return at(paths[paths.length - 1]);
    }

    /** @return {@link #ABSENT} if there is no such field */
    int optional(String path) {
        return profile.has(struct, path) ? at(path) : ABSENT;
    }

    /** Bytes of a field. */
    int bytes(String path) {
        return profile.field(struct, path).size();
    }

    /** Bytes of the structure. */
    int size() {
        return profile.size(struct);
    }
}
