// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.journal;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Where things lie in a journal file, version 2. Little-endian; every part starts on a cache line.
 *
 * <pre>
 *   0     header      magic, version, vCPUs, host instance, VM, state and storage size, CRC-32C
 *   4096  replies     per vCPU two cells: sequence, kind, length, stamp, 256 bytes
 *   ...   slots       two commit slots: epoch, last applied, CRC-32C, resets, state
 *   ...   storage     the devices' own
 * </pre>
 */
final class JournalLayout {
    static final int VERSION = 2;
    static final long MAGIC = 0x4c4e_4a41_5242_4d55L;

    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** For the stores that make what was written before them count. */
    static final VarHandle PUBLISHED = LONG.varHandle();

    static final long HEADER_MAGIC = 0;
    static final long HEADER_VERSION = 8;
    static final long HEADER_VCPUS = 12;
    static final long HEADER_INSTANCE_HIGH = 16;
    static final long HEADER_INSTANCE_LOW = 24;
    static final long HEADER_TENANT_VM = 32;
    static final long HEADER_STATE_SIZE = 40;
    static final long HEADER_STORAGE_SIZE = 48;
    static final long HEADER_CHECKSUM = 56;

    static final int HEADER_SIZE = 64;

    static final long REPLIES = 4096;
    static final int CELL_SIZE = 320;
    static final int CELL_SEQUENCE = 0;
    static final int CELL_KIND = 8;
    static final int CELL_LENGTH = 12;
    static final int CELL_STAMP = 16;
    static final int CELL_DATA = 24;

    static final int SLOT_EPOCH = 0;
    static final int SLOT_APPLIED = 8;
    static final int SLOT_CHECKSUM = 16;
    static final int SLOT_RESETS = 20;
    static final int SLOT_STATE = 24;

    private static final long ALIGNMENT = 64;
    private static final long PAGE = 4096;

    private final long slotSize;
    private final long slots;
    private final long storage;
    private final long fileSize;

    JournalLayout(int stateSize, long storageSize) {
        slotSize = aligned(SLOT_STATE + (long) stateSize, ALIGNMENT);
        slots = aligned(REPLIES + 2L * TenantJournal.VCPUS * CELL_SIZE, PAGE);
        storage = aligned(slots + 2 * slotSize, PAGE);
        fileSize = aligned(storage + storageSize, PAGE);
    }

    static long cell(int vcpu, int which) {
        return REPLIES + (2L * vcpu + which) * CELL_SIZE;
    }

    long slot(int which) {
        return slots + which * slotSize;
    }

    long storage() {
        return storage;
    }

    long fileSize() {
        return fileSize;
    }

    private static long aligned(long value, long alignment) {
        return (value + alignment - 1) & -alignment;
    }
}
