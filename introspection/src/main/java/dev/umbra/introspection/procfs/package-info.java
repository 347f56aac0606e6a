// SPDX-License-Identifier: Apache-2.0
/**
 * A tenant VM's {@code /proc}, rebuilt from its memory and mounted read-only on the host by FUSE, so that unmodified
 * programs such as {@code ps}, {@code top}, {@code lsof}, {@code netstat} and {@code chkrootkit} judge the tenant from
 * outside.
 */
package dev.umbra.introspection.procfs;
