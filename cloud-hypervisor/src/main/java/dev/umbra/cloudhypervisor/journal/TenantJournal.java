// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.journal;

import static dev.umbra.cloudhypervisor.journal.JournalLayout.CELL_DATA;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.CELL_KIND;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.CELL_LENGTH;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.CELL_SEQUENCE;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.CELL_STAMP;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.INT;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.LONG;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.PUBLISHED;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.SLOT_APPLIED;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.SLOT_CHECKSUM;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.SLOT_EPOCH;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.SLOT_RESETS;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.SLOT_STATE;

import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.cloudhypervisor.journal.JournalException.Reason;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * What must not be lost of one tenant VM when the process is killed at any instruction: which of its accesses were
 * applied and how many resets, the state of its devices after them, and the answers its vCPUs were or will be given.
 *
 * <p>A mapped file is enough for that. Its pages belong to the kernel, so every store that was made is there for the
 * next process; only the order of stores needs care. State goes into the slot that does not count, and one final store
 * of a higher epoch makes it count. An answer goes into the cell of its vCPU that does not hold the last one, its
 * sequence stored last; until the commit that sequence lies beyond the last applied one and is ignored.
 *
 * <p>What breaks it: losing power, which no answer here outlives, since the host that asked is gone as well; and a
 * second writer, which {@link JournalDirectory} keeps out. A file found is checked as if an enemy had written it.
 *
 * <p>Belongs to the loop thread, except for the storage.
 */
public final class TenantJournal implements AutoCloseable {
    /** vCPUs whose answers are kept. */
    public static final int VCPUS = 64;
    /** Longest answer, in bytes. */
    public static final int REPLY_MAXIMUM = 256;

    private final TenantVmKey key;
    private final MemorySegment file;
    private final JournalLayout layout;
    private final int stateSize;
    private final MemorySegment storage;
    private final MemorySegment[] states = new MemorySegment[2];
    private final ByteBuffer[] stateBytes = new ByteBuffer[2];
    private final CRC32C checksum = new CRC32C();
    private final ByteBuffer numbers = ByteBuffer.allocateDirect(3 * Long.BYTES);
    private final MemorySegment numbersSegment = MemorySegment.ofBuffer(numbers);
    private final int[] latestCell = new int[VCPUS];

    private int active;
    private long epoch;
    private long applied;
    private int resets;
    private long stamp;
    private boolean closed;

    TenantJournal(TenantVmKey key, MemorySegment file, JournalLayout layout, int stateSize, long storageSize) {
        this.key = key;
        this.file = file;
        this.layout = layout;
        this.stateSize = stateSize;
        this.storage = file.asSlice(layout.storage(), storageSize);
        for (int which = 0; which < 2; which++) {
            states[which] = file.asSlice(layout.slot(which) + SLOT_STATE, stateSize);
            stateBytes[which] = states[which].asByteBuffer();
        }
    }

    /** Finds the slot that counts. */
    void recover() throws JournalException {
        boolean first = intact(0);
        boolean second = intact(1);
        if (!first && !second) {
            throw new JournalException(Reason.REFUSED, "no commit of " + key + " is intact");
        }
        if (first && second) {
            active = Long.compareUnsigned(slotLong(1, SLOT_EPOCH), slotLong(0, SLOT_EPOCH)) > 0 ? 1 : 0;
        } else {
            active = first ? 0 : 1;
        }
        epoch = slotLong(active, SLOT_EPOCH);
        applied = slotLong(active, SLOT_APPLIED);
        resets = slotResets(active);
        for (int vcpu = 0; vcpu < VCPUS; vcpu++) {
            latestCell[vcpu] = laterCell(vcpu);
            stamp = Math.max(stamp, Math.max(stamp(vcpu, 0), stamp(vcpu, 1)));
        }
    }

    /** Makes the first commit of a new journal, with a state of zeros that {@link #hasState} disowns. */
    void begin(long firstApplied, int firstResets) {
        commit(firstApplied, firstResets);
    }

    public TenantVmKey key() {
        return key;
    }

    /** The last sequence whose effects are committed. */
    public long applied() {
        return applied;
    }

    /** The resets of the VM that its devices have been through. */
    public int resets() {
        return resets;
    }

    /** Whether devices have saved a state; the first commit of a journal has none. */
    public boolean hasState() {
        return epoch > 1;
    }

    /** The committed state. Valid until the next but one commit. */
    public MemorySegment state() {
        return states[active];
    }

    /** Where the next state is to be written before {@link #commit}. */
    public MemorySegment nextState() {
        return states[active ^ 1];
    }

    /** The devices' own bytes; outside of all commits. */
    public MemorySegment storage() {
        return storage;
    }

    /** Makes {@link #nextState} and everything staged count. */
    public void commit(long nowApplied, int nowResets) {
        requireOpen();
        int next = active ^ 1;
        long slot = layout.slot(next);
        long nextEpoch = epoch + 1;
        file.set(LONG, slot + SLOT_APPLIED, nowApplied);
        file.set(INT, slot + SLOT_RESETS, nowResets);
        file.set(INT, slot + SLOT_CHECKSUM, checksum(next, nextEpoch, nowApplied, nowResets));
        PUBLISHED.setVolatile(file, slot + SLOT_EPOCH, nextEpoch);
        active = next;
        epoch = nextEpoch;
        applied = nowApplied;
        resets = nowResets;
    }

    /**
     * Prepares the answer to an access; it counts from the commit of that sequence on, or at once if that sequence is
     * committed already.
     *
     * @param vcpu 0 to {@link #VCPUS} - 1
     * @return where to write up to {@link #REPLY_MAXIMUM} bytes before {@link #finishReply}
     */
    public long stageReply(int vcpu) {
        requireOpen();
        latestCell[vcpu] ^= 1;
        long cell = JournalLayout.cell(vcpu, latestCell[vcpu]);
        PUBLISHED.setVolatile(file, cell + CELL_SEQUENCE, 0L);
        return cell + CELL_DATA;
    }

    /**
     * Completes the answer begun last for a vCPU.
     *
     * @param kind the caller's own, above 0
     */
    public void finishReply(int vcpu, long sequence, int kind, int length) {
        long cell = JournalLayout.cell(vcpu, latestCell[vcpu]);
        file.set(INT, cell + CELL_KIND, kind);
        file.set(INT, cell + CELL_LENGTH, length);
        file.set(LONG, cell + CELL_STAMP, ++stamp);
        PUBLISHED.setVolatile(file, cell + CELL_SEQUENCE, sequence);
    }

    /** The data of the answer to an access, the one staged last if there are two; -1 if it is not kept. */
    public long reply(int vcpu, long sequence) {
        for (int tries = 0; tries < 2; tries++) {
            long cell = JournalLayout.cell(vcpu, latestCell[vcpu] ^ tries);
            if (file.get(LONG, cell + CELL_SEQUENCE) == sequence && plausible(cell)) {
                return cell + CELL_DATA;
            }
        }
        return -1;
    }

    public int replyKind(long data) {
        return file.get(INT, data - CELL_DATA + CELL_KIND);
    }

    /** Bytes of an answer. */
    public int replyLength(long data) {
        return file.get(INT, data - CELL_DATA + CELL_LENGTH);
    }

    /** The memory that offsets of answers refer to. */
    public MemorySegment memory() {
        return file;
    }

    /**
     * Ends this use of the file, which may be opened again then. The memory stays readable for as long as somebody holds
     * on to the storage, such as the viewer of a console whose VM is gone.
     */
    @Override
    public void close() {
        closed = true;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the journal of " + key + " is closed");
        }
    }

    private long committedSequence(int vcpu, int which) {
        long sequence = file.get(LONG, JournalLayout.cell(vcpu, which) + CELL_SEQUENCE);
        return Long.compareUnsigned(sequence, applied) <= 0 ? sequence : 0;
    }

    private int laterCell(int vcpu) {
        int bySequence = Long.compareUnsigned(committedSequence(vcpu, 1), committedSequence(vcpu, 0));
        boolean second = bySequence != 0 ? bySequence > 0 : stamp(vcpu, 1) > stamp(vcpu, 0);
        return second ? 1 : 0;
    }

    private long stamp(int vcpu, int which) {
        return file.get(LONG, JournalLayout.cell(vcpu, which) + CELL_STAMP);
    }

    private boolean plausible(long cell) {
        int length = file.get(INT, cell + CELL_LENGTH);
        return length >= 0 && length <= REPLY_MAXIMUM && file.get(INT, cell + CELL_KIND) > 0;
    }

    private boolean intact(int which) {
        long slotEpoch = slotLong(which, SLOT_EPOCH);
        return slotEpoch != 0
                && file.get(INT, layout.slot(which) + SLOT_CHECKSUM)
                        == checksum(which, slotEpoch, slotLong(which, SLOT_APPLIED), slotResets(which));
    }

    private long slotLong(int which, int field) {
        return file.get(LONG, layout.slot(which) + field);
    }

    private int slotResets(int which) {
        return file.get(INT, layout.slot(which) + SLOT_RESETS);
    }

    private int checksum(int which, long slotEpoch, long slotApplied, int slotResets) {
        numbersSegment.set(LONG, 0, slotEpoch);
        numbersSegment.set(LONG, Long.BYTES, slotApplied);
        numbersSegment.set(LONG, 2 * Long.BYTES, slotResets);
        checksum.reset();
        checksum.update(numbers.clear());
        checksum.update(stateBytes[which].clear().limit(stateSize));
        return (int) checksum.getValue();
    }
}
