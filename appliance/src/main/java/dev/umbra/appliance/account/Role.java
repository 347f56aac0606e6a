// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.account;

/** What an account is for. Every account has exactly one role. */
public enum Role {
    /** Owns VMs: sees, uses and manages its own and knows of no other. */
    TENANT,
    /** Runs the virtualized system (L1): sees that VMs exist, in which state and whose, and nothing of what happens in them. */
    OPERATOR,
    /** Owns the cloud hypervisor (L0): manages records and devices, and yet opens no console. */
    ADMINISTRATOR
}
