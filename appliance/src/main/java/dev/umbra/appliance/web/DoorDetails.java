// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.web;

import dev.umbra.appliance.account.Authenticator;

/** By which door a login comes, and from which address. */
record DoorDetails(Authenticator.Door door, String address) {}
