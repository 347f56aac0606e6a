// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.export;

/** Files that hold the memory of a machine. */
public enum ExportFormat {
    /** An ELF core, as kdump writes: for {@code crash}, drgn and gdb. */
    ELF("core"),
    /** Each byte at the offset that is its physical address; what is not there is zero. */
    RAW("raw"),
    /** Ranges of addresses with a header before each: for Volatility. */
    LIME("lime");

    private final String extension;

    ExportFormat(String extension) {
        this.extension = extension;
    }

    /** Of file names, without a dot. */
    public String extension() {
        return extension;
    }
}
