// SPDX-License-Identifier: Apache-2.0
package dev.umbra.introspection.kernel.structures;

/**
 * How many nodes all walks of one scan may visit together. Limits of single lists do not suffice: a list of many tasks, each
 * with a list of many threads, is longer than any clock. For one thread.
 */
public final class Budget {
    private long left;

    /** @param nodes at least 0 */
    public Budget(long nodes) {
        this.left = nodes;
    }

    /** Takes one node. */
    public boolean take() {
        return take(1);
    }

    /**
     * @param nodes how many at once, or what costs as much
     * @return false if there were not as many; then none are left
     */
    public boolean take(long nodes) {
        if (left < nodes) {
            left = 0;
            return false;
        }
        left -= nodes;
        return true;
    }
}
