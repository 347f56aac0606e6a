// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.detect;

import dev.umbra.introspection.detect.CodeMap.Owner;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/** What the kernel itself writes at the places it patches; anything else there was written by somebody else. */
final class PatchForms {
    private static final int CALL = 0xe8;
    private static final int JUMP = 0xe9;
    private static final int SHORT_JUMP = 0xeb;
    private static final int RETURN = 0xc3;
    private static final int TWO_BYTES = 0x0f;
    private static final long SHORT_NOP = 0x9066;
    /** {@code nopl 0(%rax,%rax,1)}. */
    private static final long NOP = 0x00_00_44_1f_0fL;
    /** {@code xorl %eax,%eax} with three prefixes that do nothing. */
    private static final long ZERO_RESULT = 0xc0_31_2e_2e_2eL;

    private static final long FIVE_BYTES = 0xff_ffff_ffffL;

    private final Examination examination;

    PatchForms(Examination examination) {
        this.examination = examination;
    }

    /** @param bytes the first eight at the place, the first one lowest */
    boolean accepted(PatchSites.Site site, long bytes) {
        return switch (site.kind()) {
            case JUMP_LABEL -> jumpLabel(site, bytes);
            case STATIC_CALL -> staticCall(site, bytes);
            case TRACER -> tracer(site, bytes);
        };
    }

    private static boolean jumpLabel(PatchSites.Site site, long bytes) {
        if (site.length() == 2) {
            return (bytes & 0xffff) == SHORT_NOP
                    || (bytes & 0xff) == SHORT_JUMP && site.address() + 2 + (byte) (bytes >>> 8) == site.target();
        }
        return isNop(bytes) || (bytes & 0xff) == JUMP && target(site.address(), bytes) == site.target();
    }

    private boolean staticCall(PatchSites.Site site, long bytes) {
        int first = (int) bytes & 0xff;
        if (first == CALL || first == JUMP) {
            return examination.code().legitimate(target(site.address(), bytes));
        }
        if (first == TWO_BYTES && (bytes >>> 8 & 0xf0) == 0x80) {
            return examination.code().legitimate(site.address() + PatchSites.MAXIMUM_LENGTH + (int) (bytes >>> 16));
        }
        return first == RETURN || isNop(bytes) || (bytes & FIVE_BYTES) == ZERO_RESULT;
    }

    private boolean tracer(PatchSites.Site site, long bytes) {
        if (isNop(bytes)) {
            return true;
        }
        long target = target(site.address(), bytes);
        Optional<CodeMap.Code> code = examination.code().find(target);
        return (bytes & 0xff) == CALL
                && (isSymbol("ftrace_caller", target)
                        || isSymbol("ftrace_regs_caller", target)
                        || code.filter(known -> known.owner() == Owner.TRACER || known.owner() == Owner.BPF)
                                .isPresent());
    }

    /**
     * Where control leaves what code may go on to, right behind the call for the tracer, which is where functions are diverted
     * that must not be seen to be traced: by a jump, a call, or a jump to a constant.
     *
     * @param own code that it may go on to
     * @param bytes eight of them, the first one lowest
     * @param rest the next eight
     */
    OptionalLong leaves(long address, long bytes, long rest, Predicate<CodeMap.Code> own) {
        int first = (int) bytes & 0xff;
        if (first == CALL || first == JUMP) {
            return outside(target(address, bytes), own);
        }
        boolean loadsConstant = (bytes & 0xf8fe) == 0xb848;
        if (loadsConstant) {
            return outside(bytes >>> 16 | rest << 48, own);
        }
        boolean pushesConstant = first == 0x68 && (bytes >>> 40 & 0xff) == RETURN;
        return pushesConstant ? outside((int) (bytes >>> 8), own) : OptionalLong.empty();
    }

    private OptionalLong outside(long target, Predicate<CodeMap.Code> own) {
        Optional<CodeMap.Code> code = examination.code().find(target);
        boolean executable = code.isPresent() || FunctionPointers.executable(examination, target);
        return code.filter(own).isEmpty() && executable ? OptionalLong.of(target) : OptionalLong.empty();
    }

    static long target(long address, long bytes) {
        return address + 5 + (int) (bytes >>> 8);
    }

    private static boolean isNop(long bytes) {
        return (bytes & FIVE_BYTES) == NOP;
    }

    private boolean isSymbol(String name, long address) {
        return examination.profile().symbol(name).orElse(0) == address;
    }
}
