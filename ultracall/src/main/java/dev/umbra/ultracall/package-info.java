// SPDX-License-Identifier: Apache-2.0

/** The ultracall contract in Java: every frame that L0 and its services exchange, and the codec that checks them. */
package dev.umbra.ultracall;
