// SPDX-License-Identifier: Apache-2.0
/** YARA rules over the memory of a tenant's processes, matched by the stock {@code yara} in a limited process of its own. */
package dev.umbra.introspection.yara;
