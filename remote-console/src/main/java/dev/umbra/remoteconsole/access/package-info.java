// SPDX-License-Identifier: Apache-2.0
/** The one question every door of the console asks: may this person open the console of this virtual machine. */
package dev.umbra.remoteconsole.access;
