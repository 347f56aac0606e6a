// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.journal;

import dev.umbra.cloudhypervisor.TenantVmKey;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.UUID;

/**
 * The process that is killed: applies numbered accesses from its input to a device that keeps a digest of all of them,
 * commits each and answers with the digest after it.
 */
final class JournalVictim {
    static final int STATE_SIZE = 1000;
    static final long STORAGE_SIZE = 4096;
    static final TenantVmKey KEY = new TenantVmKey(new UUID(1, 2), 3);
    static final int VCPUS = 3;

    private JournalVictim() {}

    public static void main(String[] arguments) throws Exception {
        try (JournalDirectory directory = new JournalDirectory(Path.of(arguments[0]), STATE_SIZE, STORAGE_SIZE)) {
            TenantJournal journal = directory.open(KEY).orElse(null);
            if (journal == null) {
                journal = directory.create(KEY, 0, 0);
            }
            serve(journal, new DataInputStream(System.in), new DataOutputStream(System.out));
        }
    }

    private static void serve(TenantJournal journal, DataInputStream input, DataOutputStream output)
            throws IOException {
        long[] state = new long[STATE_SIZE / Long.BYTES];
        if (journal.hasState()) {
            MemorySegment.copy(journal.state(), ValueLayout.JAVA_LONG, 0, state, 0, state.length);
        }
        output.writeLong(journal.applied());
        output.writeLong(state[0]);
        output.flush();
        while (true) {
            long sequence = input.readLong();
            int vcpu = (int) (sequence % VCPUS);
            if (sequence > journal.applied()) {
                for (int index = 0; index < state.length; index++) {
                    state[index] = digest(state[index], sequence);
                }
                long data = journal.stageReply(vcpu);
                journal.memory().set(ValueLayout.JAVA_LONG_UNALIGNED, data, state[0]);
                journal.finishReply(vcpu, sequence, 1, Long.BYTES);
                MemorySegment.copy(state, 0, journal.nextState(), ValueLayout.JAVA_LONG, 0, state.length);
                journal.commit(sequence, 0);
            }
            long data = journal.reply(vcpu, sequence);
            output.writeLong(sequence);
            output.writeLong(data < 0 ? -1 : journal.memory().get(ValueLayout.JAVA_LONG_UNALIGNED, data));
            output.flush();
        }
    }

    static long digest(long before, long sequence) {
        return before * 31 + sequence;
    }
}
