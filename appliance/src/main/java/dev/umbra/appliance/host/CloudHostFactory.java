// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.host;

import dev.umbra.cloudhypervisor.CloudHost;
import dev.umbra.cloudhypervisor.CloudHostListener;

/** Makes the connection to a configured host, not yet started. */
public interface CloudHostFactory {
    CloudHost create(HostProperties host, CloudHostListener listener);
}
