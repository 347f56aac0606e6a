// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

/** Which way a frame travels. */
public enum Direction {
    TO_SERVICE,
    TO_HYPERVISOR
}
