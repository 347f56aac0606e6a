// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

/**
 * When the devices of a VM are to be reset, so that it happens once for each reset that L0 has counted, whenever the process was
 * killed, and between the right accesses.
 *
 * <p>L0 counts a reset when the boot processor starts at the reset vector, and says so beside the stream of accesses, not in it.
 * With the count it names the newest access, and what came up to there is taken for the run before. When the report was late, the
 * first accesses of the new run are among them and are reset away with the rest; with a service that listens that is the time of
 * a wake-up, in which firmware has not begun with its devices. Several resets between two reports are one. Loop thread only.
 *
 * <p>What breaks it: a service that is away while the tenant is reset and its firmware runs on.
 */
final class ResetLine {
    private int seen;
    private int reported;
    private long lastOfRun;

    /** @param seen resets that the devices have been through */
    ResetLine(int seen) {
        this.seen = seen;
        this.reported = seen;
    }

    /** L0 has reported a VM. */
    void reported(TenantVm vm) {
        if (vm.resets() != reported) {
            reported = vm.resets();
            lastOfRun = vm.newest();
        }
    }

    /** Whether the devices have to be reset before the access with this sequence. */
    boolean dueBefore(long sequence) {
        return reported != seen && Long.compareUnsigned(sequence, lastOfRun) > 0;
    }

    /** The devices were reset. */
    void done() {
        seen = reported;
    }

    /** Resets that the devices have been through. */
    int seen() {
        return seen;
    }
}
