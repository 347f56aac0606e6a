// SPDX-License-Identifier: Apache-2.0
package dev.umbra.ultracall;

/** Numbers of the contract that are not part of a frame. */
public final class Protocol {
    /** The version this code speaks. */
    public static final int MAJOR = 1;

    public static final int MINOR = 3;
    /** Oldest major version this code speaks. */
    public static final int LOWEST_MAJOR = 1;

    /** Bytes of a frame's header. */
    public static final int HEADER_SIZE = (int) WireLayout.HEADER.byteSize();
    /** Longest frame in either direction, header included, in bytes. */
    public static final int FRAME_MAXIMUM = 512;
    /** Longest run of port or memory data in one frame, in bytes. */
    public static final int PORT_DATA_MAXIMUM = 256;

    /** Accesses of one MEMORY_COPY. */
    public static final int COPY_MAXIMUM = 4096;
    /** Tenant physical addresses end here. */
    public static final long MEMORY_END = 1L << 52;
    /** Ranges of memory claimed of one tenant VM, after joining those that touch. */
    public static final int MEMORY_CLAIMS = 16;
    /** Longest bound of a pause, in milliseconds. */
    public static final int PAUSE_MAXIMUM = 60_000;
    /** Memory is claimed in units of so many bytes. */
    public static final int PAGE_SIZE = 4096;

    /** Name of the device node under {@code /dev}. */
    public static final String DEVICE_NAME = "umbra";

    /** What a VM puts into EAX to make an ultracall. */
    public static final int ULTRACALL_MAGIC = 0x4142_4d55;
    /** First bytes of the relay's preamble, in US-ASCII. */
    public static final String RELAY_MAGIC = "UMBRA-RELAY-01\r\n";

    public static final int RELAY_NONCE_SIZE = 16;

    private Protocol() {}

    /**
     * Checks what L0 chose.
     *
     * @return why it cannot be spoken, or null if it can
     */
    public static String refusal(Frame.Hello hello) {
        if (hello.major() < LOWEST_MAJOR || hello.major() > MAJOR) {
            return "L0 speaks version " + hello.major() + "." + hello.minor() + ", this service " + LOWEST_MAJOR
                    + " to " + MAJOR;
        }
        if (hello.maximumFrame() < FRAME_MAXIMUM) {
            return "L0 takes frames of at most " + hello.maximumFrame() + " bytes";
        }
        return null;
    }
}
