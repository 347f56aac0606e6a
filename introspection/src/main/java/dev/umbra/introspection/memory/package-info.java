// SPDX-License-Identifier: Apache-2.0
/**
 * The memory of a virtual machine as its own processors see it: physical memory from a running tenant, a cloud VM or an
 * image file, and virtual memory through the page tables the machine keeps there. Everything in it is hostile.
 */
package dev.umbra.introspection.memory;
