// SPDX-License-Identifier: Apache-2.0
/** HTTP security: who is asking, and what a browser may do with our pages. */
package dev.umbra.appliance.web;
