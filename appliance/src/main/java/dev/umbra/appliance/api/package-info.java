// SPDX-License-Identifier: Apache-2.0
/** REST resources under {@code /api/v1}. */
package dev.umbra.appliance.api;
