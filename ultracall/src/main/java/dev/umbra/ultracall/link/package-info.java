// SPDX-License-Identifier: Apache-2.0

/** The ways a service reaches {@code /dev/umbra}: the device file itself, or a byte stream that a relay feeds. */
package dev.umbra.ultracall.link;
