// SPDX-License-Identifier: Apache-2.0
/** The tenants' VM records, what is known of the VMs behind them, and the one place that decides who may do what. */
package dev.umbra.appliance.vm;
