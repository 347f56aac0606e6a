// SPDX-License-Identifier: Apache-2.0
/** The serial console over SSH, for any stock client. */
package dev.umbra.remoteconsole.ssh;
