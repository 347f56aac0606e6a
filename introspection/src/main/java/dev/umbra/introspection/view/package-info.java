// SPDX-License-Identifier: Apache-2.0
/**
 * What a kernel knows, read from its memory: processes, files, sockets, modules and more, as typed records. Whatever the tenant
 * wrote there, a view ends, and says what it could not read.
 *
 * <p>Strings are the tenant's: they may hold any character, and whoever shows them escapes them.
 */
package dev.umbra.introspection.view;
