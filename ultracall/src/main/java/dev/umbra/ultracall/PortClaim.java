// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

/** Who serves a port ({@code enum umbra_claim}); the ordinal is the number on the wire. */
public enum PortClaim {
    /** L1 serves it, unseen. */
    NONE,
    /** The service serves it. */
    SERVED,
    /** L1 serves it, and the service is told of each access: of reads with the value that L1 gave. */
    OBSERVED,
    /** IN EAX,DX is a call by registers, delivered as an ultracall of origin {@link Frame.Origin#PORT}. */
    REGISTER_CALL
}
