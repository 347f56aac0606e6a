// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.view;

/**
 * A loaded eBPF program, as {@code bpftool prog} lists it.
 *
 * @param address of the {@code struct bpf_prog}
 * @param name up to 15 bytes, may be empty
 * @param tag digest of its instructions, 16 hexadecimal digits
 * @param loadedNanos when it was loaded, after the boot, in nanoseconds that include suspension
 * @param instructions number of them
 * @param code address of the machine code made from it, or 0
 * @param codeSize in bytes
 * @param attachedTo name of the function it traces or replaces, or empty
 */
public record BpfProgram(
        long address,
        int id,
        BpfProgramType type,
        String name,
        String tag,
        long loadedNanos,
        int instructions,
        long code,
        long codeSize,
        String attachedTo) {}
