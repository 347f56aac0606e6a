// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor;

/** How often one VM may try to enrol, and whether its being refused is news. Belongs to the loop thread. */
final class EnrolmentLimit {
    private final TokenBucket ofVm;
    private boolean refused;

    EnrolmentLimit(TokenBucket ofVm) {
        this.ofVm = ofVm;
    }

    /** Takes an attempt from the VM's own allowance and, if there is one, from the host's. */
    boolean tryTake(TokenBucket ofHost) {
        boolean allowed = ofVm.tryTake() && ofHost.tryTake();
        refused &= !allowed;
        return allowed;
    }

    /** True once after each attempt that was allowed. */
    boolean firstRefusal() {
        boolean first = !refused;
        refused = true;
        return first;
    }
}
