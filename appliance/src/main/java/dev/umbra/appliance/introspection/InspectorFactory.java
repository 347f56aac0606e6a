// SPDX-License-Identifier: Apache-2.0
package dev.umbra.appliance.introspection;

/** Makes what looks into a VM. */
public interface InspectorFactory {
    Inspector inspector(Target target);
}
