// SPDX-License-Identifier: Apache-2.0
/** The proofs that the whole way is real, from a tenant's instruction to a person's screen and back. They need a running testbed. */
package dev.umbra.e2e;
