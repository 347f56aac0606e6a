// SPDX-License-Identifier: Apache-2.0
/** Findings on their way to whoever watches: as lines of a file, by webhook, by syslog. */
package dev.umbra.appliance.event;
