// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel;

import java.util.HexFormat;
import java.util.Optional;

/** The note in which a linker names what it linked ({@code NT_GNU_BUILD_ID}). */
final class BuildId {
    private static final int HEADER = 12;
    private static final int NT_GNU_BUILD_ID = 3;
    private static final int GNU = 0x0055_4e47;
    private static final int MAXIMUM = 64;

    private BuildId() {}

    /** Lowercase hexadecimal, from the notes of an ELF file. */
    static Optional<String> of(byte[] notes) {
        long place = 0;
        while (place + HEADER <= notes.length) {
            int at = (int) place;
            long nameSize = LittleEndian.u32(notes, at) & 0xffff_ffffL;
            long size = LittleEndian.u32(notes, at + 4) & 0xffff_ffffL;
            long content = place + HEADER + (nameSize + 3 & -4);
            if (content + size > notes.length) {
                return Optional.empty();
            }
            if (LittleEndian.u32(notes, at + 8) == NT_GNU_BUILD_ID
                    && nameSize == 4
                    && LittleEndian.u32(notes, at + HEADER) == GNU
                    && size <= MAXIMUM) {
                return Optional.of(HexFormat.of().formatHex(notes, (int) content, (int) (content + size)));
            }
            place = content + (size + 3 & -4);
        }
        return Optional.empty();
    }
}
