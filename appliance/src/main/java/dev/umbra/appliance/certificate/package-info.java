// SPDX-License-Identifier: Apache-2.0
/** The appliance's own certificate authority and the server certificate it renews in time. */
package dev.umbra.appliance.certificate;
