// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.cloudhypervisor.journal.JournalException.Reason;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TenantJournalTest {
    private static final TenantVmKey KEY = new TenantVmKey(new UUID(7, 8), 0xabc);
    private static final int STATE_SIZE = 100;
    private static final long STORAGE_SIZE = 10_000;

    @TempDir
    Path temporary;

    private JournalDirectory directory;

    @BeforeEach
    void open() throws JournalException {
        directory = new JournalDirectory(temporary, STATE_SIZE, STORAGE_SIZE);
    }

    @AfterEach
    void close() {
        directory.close();
    }

    @Test
    void newJournalHasNoStateAndStartsWhereItIsTold() throws JournalException {
        try (TenantJournal journal = directory.create(KEY, 41, 0)) {
            assertThat(journal.applied()).isEqualTo(41);
            assertThat(journal.hasState()).isFalse();
            assertThat(journal.storage().byteSize()).isEqualTo(STORAGE_SIZE);
        }
        try (TenantJournal journal = directory.open(KEY).orElseThrow()) {
            assertThat(journal.applied()).isEqualTo(41);
            assertThat(journal.hasState()).isFalse();
        }
    }

    @Test
    void uncommittedStateAndAnswersDoNotCount() throws JournalException {
        try (TenantJournal journal = directory.create(KEY, 0, 0)) {
            commit(journal, 1, 11);
            journal.nextState().fill((byte) 99);
            answer(journal, 5, 2, 77);
        }
        try (TenantJournal journal = directory.open(KEY).orElseThrow()) {
            assertThat(journal.applied()).isEqualTo(1);
            assertThat(journal.state().get(ValueLayout.JAVA_BYTE, 99)).isEqualTo((byte) 11);
            answer(journal, 5, 2, 78);
            commit(journal, 2, 12);
            assertThat(value(journal, 5, 2)).isEqualTo(78);
        }
    }

    @Test
    void answerOfACommittedQuestionReplacesTheEarlierOneEvenAfterReopening() throws JournalException {
        try (TenantJournal journal = directory.create(KEY, 0, 0)) {
            answer(journal, 63, 1, 1);
            commit(journal, 1, 1);
            answer(journal, 63, 1, 2);
        }
        try (TenantJournal journal = directory.open(KEY).orElseThrow()) {
            assertThat(value(journal, 63, 1)).isEqualTo(2);
            assertThat(journal.reply(0, 1)).isEqualTo(-1);
        }
    }

    @Test
    void everyDamagedByteOfTheActiveSlotIsNoticed() throws Exception {
        commitTwice();
        JournalLayout layout = new JournalLayout(STATE_SIZE, STORAGE_SIZE);
        Random random = new Random(1);
        for (int round = 0; round < 50; round++) {
            long at = layout.slot(0) + random.nextInt(JournalLayout.SLOT_STATE + STATE_SIZE);
            if (at >= layout.slot(0) + 20 && at < layout.slot(0) + 24) {
                continue;
            }
            damage(at);
            try (TenantJournal journal = directory.open(KEY).orElseThrow()) {
                assertThat(journal.applied()).isEqualTo(2);
                assertThat(journal.state().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 22);
            }
            damage(at);
        }
    }

    @Test
    void foreignShortAndForgedFilesAreRefused() throws Exception {
        commitTwice();
        Path file = file();
        byte[] good = Files.readAllBytes(file);

        Files.write(file, new byte[100]);
        assertRefused(Reason.REFUSED);
        Files.write(file, java.util.Arrays.copyOf(good, good.length - 4096));
        assertRefused(Reason.REFUSED);
        byte[] forged = good.clone();
        forged[32] ^= 1;
        Files.write(file, forged);
        assertRefused(Reason.REFUSED);
        Files.delete(file);
        Files.createSymbolicLink(file, Files.write(temporary.resolve("elsewhere"), good));
        assertRefused(Reason.STORAGE);
    }

    @Test
    void journalOfOtherDevicesIsRecognized() throws Exception {
        commitTwice();
        directory.close();
        directory = new JournalDirectory(temporary, STATE_SIZE + 8, STORAGE_SIZE);
        assertRefused(Reason.LAYOUT);
    }

    @Test
    void retainRemovesAllOthers() throws Exception {
        TenantVmKey other = new TenantVmKey(new UUID(9, 9), 1);
        directory.create(KEY, 0, 0).close();
        directory.create(other, 0, 0).close();
        Files.write(temporary.resolve("half.journal.new"), new byte[1]);
        Files.write(temporary.resolve("nonsense.journal"), new byte[1]);

        assertThat(directory.retain(KEY::equals)).isEqualTo(3);

        assertThat(directory.open(other)).isEmpty();
        directory.open(KEY).orElseThrow().close();
    }

    private void commitTwice() throws JournalException {
        try (TenantJournal journal = directory.create(KEY, 0, 0)) {
            commit(journal, 1, 11);
            commit(journal, 2, 22);
            commit(journal, 3, 33);
        }
    }

    private static void commit(TenantJournal journal, long sequence, int filling) {
        journal.nextState().fill((byte) filling);
        journal.commit(sequence, 0);
    }

    private static void answer(TenantJournal journal, int vcpu, long sequence, int value) {
        long data = journal.stageReply(vcpu);
        journal.memory().set(ValueLayout.JAVA_INT_UNALIGNED, data, value);
        journal.finishReply(vcpu, sequence, 1, Integer.BYTES);
    }

    private static int value(TenantJournal journal, int vcpu, long sequence) {
        return journal.memory().get(ValueLayout.JAVA_INT_UNALIGNED, journal.reply(vcpu, sequence));
    }

    private void assertRefused(Reason reason) {
        assertThatThrownBy(() -> directory.open(KEY))
                .isInstanceOfSatisfying(
                        JournalException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    private Path file() throws Exception {
        try (var files = Files.list(temporary)) {
            return files.filter(path -> path.toString().endsWith(".journal"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private void damage(long at) throws Exception {
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer octet = ByteBuffer.allocate(1);
            channel.read(octet, at);
            octet.put(0, (byte) (octet.get(0) ^ 0x40)).flip();
            channel.write(octet, at);
        }
    }
}
