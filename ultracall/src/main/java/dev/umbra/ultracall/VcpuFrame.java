// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

/** Messages about where the vCPUs of a VM stand: what they have loaded, and whether they are held. */
public sealed interface VcpuFrame extends Frame {
    /** What a vCPU is about ({@code enum umbra_vcpu_state}). */
    enum VcpuState {
        /** Not seen to stop, or gone; all registers are zero. */
        UNKNOWN,
        /** Entered: the registers are those of some exit before. */
        RUNNING,
        /** L1 has it: the registers are those of its last exit. */
        STOPPED,
        /** Held at its entry: the registers are those it goes on with. */
        HELD
    }

    /** What became of a pause with a bound ({@code enum umbra_pause_state}). */
    enum PauseState {
        /** No vCPU runs, and none will before the end. */
        HELD,
        /** It was resumed. */
        ENDED,
        /** Its bound ended it. */
        EXPIRED
    }

    /** About the tenant VM of the header, or without one about the own vCPUs of its cloud VM; answered with {@link VcpuRegisters}. */
    record ReadVcpus(FrameHeader header) implements VcpuFrame {
        @Override
        public FrameType type() {
            return FrameType.READ_VCPUS;
        }
    }

    /**
     * One of the answers to {@link ReadVcpus}, whose sequence it has; there is one for each vCPU, in order.
     *
     * @param last whether the answer ends here
     * @param privilege CPL, 0 to 3
     */
    record VcpuRegisters(
            FrameHeader header,
            VcpuState state,
            boolean last,
            long cr0,
            long cr3,
            long cr4,
            long efer,
            long gdtBase,
            long idtBase,
            int idtLimit,
            int privilege,
            long lstar,
            long gsBase,
            long kernelGsBase,
            long rip,
            long rsp)
            implements VcpuFrame {
        @Override
        public FrameType type() {
            return FrameType.VCPU_REGISTERS;
        }
    }

    /**
     * Answer to a {@link Frame.Pause} with a bound, and again at its end; with the sequence of the pause.
     *
     * @param settled nanoseconds until no vCPU ran; 0: it ended before
     * @param length nanoseconds since the pause began, or that it lasted
     */
    record Paused(FrameHeader header, PauseState state, long settled, long length) implements VcpuFrame {
        @Override
        public FrameType type() {
            return FrameType.PAUSED;
        }
    }
}
