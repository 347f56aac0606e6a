// SPDX-License-Identifier: Apache-2.0
/** Tools over a memory image, from the command line. */
package dev.umbra.introspection.command;
