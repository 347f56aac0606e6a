// SPDX-License-Identifier: Apache-2.0
/**
 * Bounded walks over the kernel's linked structures: lists, trees and maps whose every pointer a tenant may have forged. A walk
 * always ends, and says where and why something is missing.
 */
package dev.umbra.introspection.kernel.structures;
