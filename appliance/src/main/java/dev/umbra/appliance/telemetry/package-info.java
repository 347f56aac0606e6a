// SPDX-License-Identifier: Apache-2.0
/** Health and metrics. */
package dev.umbra.appliance.telemetry;
