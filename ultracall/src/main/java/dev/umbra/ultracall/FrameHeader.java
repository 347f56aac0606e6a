// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

/**
 * What every frame says besides its length and type.
 *
 * @param sequence position in the tenant VM's stream, or a command's own number, or 0
 * @param tenantVm 0: none
 * @param cloudVm 0: none
 * @param vcpu index within the tenant VM, or the number of a cloud VM's own vCPU
 */
public record FrameHeader(long sequence, long tenantVm, int cloudVm, int vcpu) {
    public static final FrameHeader NONE = new FrameHeader(0, 0, 0, 0);

    /** A frame about a tenant VM as a whole. */
    public static FrameHeader ofTenantVm(long tenantVm, long sequence) {
        return new FrameHeader(sequence, tenantVm, 0, 0);
    }

    /** A frame about a cloud VM as a whole. */
    public static FrameHeader ofCloudVm(int cloudVm, long sequence) {
        return new FrameHeader(sequence, 0, cloudVm, 0);
    }
}
