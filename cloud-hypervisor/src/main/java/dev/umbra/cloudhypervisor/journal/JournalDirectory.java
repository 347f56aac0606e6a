// SPDX-License-Identifier: Apache-2.0
package dev.umbra.cloudhypervisor.journal;

import static dev.umbra.cloudhypervisor.journal.JournalLayout.HEADER_CHECKSUM;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.HEADER_INSTANCE_HIGH;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.HEADER_INSTANCE_LOW;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.HEADER_MAGIC;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.HEADER_SIZE;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.HEADER_STATE_SIZE;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.HEADER_STORAGE_SIZE;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.HEADER_TENANT_VM;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.HEADER_VCPUS;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.HEADER_VERSION;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.INT;
import static dev.umbra.cloudhypervisor.journal.JournalLayout.LONG;

import dev.umbra.cloudhypervisor.TenantVmKey;
import dev.umbra.cloudhypervisor.journal.JournalException.Reason;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.zip.CRC32C;

/**
 * The journals of one host's tenant VMs, one file each, and the lock that keeps a second process away from them. A new
 * file is filled with real blocks before it gets its name: a store into a mapped hole on a full disk would kill the
 * process.
 */
public final class JournalDirectory implements AutoCloseable {
    private static final String SUFFIX = ".journal";
    private static final String UNFINISHED = ".new";
    private static final int CHUNK = 1 << 20;

    private final Path directory;
    private final int stateSize;
    private final long storageSize;
    private final JournalLayout layout;
    private final FileChannel lockChannel;

    /**
     * @param stateSize bytes of device state per commit
     * @param storageSize bytes of device storage
     */
    public JournalDirectory(Path directory, int stateSize, long storageSize) throws JournalException {
        if (stateSize < 0 || stateSize > 1 << 20 || storageSize < 0 || storageSize > 1L << 32) {
            throw new IllegalArgumentException("state or storage size out of range");
        }
        this.directory = directory;
        this.stateSize = stateSize;
        this.storageSize = storageSize;
        this.layout = new JournalLayout(stateSize, storageSize);
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            this.lockChannel =
                    FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new JournalException(Reason.STORAGE, "no state directory " + directory, e);
        }
        if (!locked(lockChannel)) {
            close();
            throw new JournalException(Reason.LOCKED, "another process uses " + directory);
        }
    }

    /** Opens what is kept of a VM, empty if there is nothing. */
    public Optional<TenantJournal> open(TenantVmKey key) throws JournalException {
        Path path = path(key);
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        TenantJournal journal = map(key, path);
        try {
            journal.recover();
            return Optional.of(journal);
        } catch (JournalException e) {
            journal.close();
            throw e;
        }
    }

    /**
     * Begins a journal, in place of an older one if there is one.
     *
     * @param applied the last sequence that counts as applied
     * @param resets of the VM so far
     */
    public TenantJournal create(TenantVmKey key, long applied, int resets) throws JournalException {
        Path path = path(key);
        Path unfinished = directory.resolve(path.getFileName() + UNFINISHED);
        try {
            Files.deleteIfExists(unfinished);
            try (FileChannel channel = FileChannel.open(
                    unfinished,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                ByteBuffer zeros = ByteBuffer.allocateDirect(CHUNK);
                for (long left = layout.fileSize(); left > 0; ) {
                    left -= channel.write(zeros.clear().limit((int) Math.min(CHUNK, left)));
                }
                channel.write(header(key).asByteBuffer(), 0);
            }
            TenantJournal journal = map(key, unfinished);
            journal.begin(applied, resets);
            Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return journal;
        } catch (IOException e) {
            throw new JournalException(Reason.STORAGE, "journal of " + key + " cannot be created", e);
        }
    }

    /** Removes the journal of a VM that is gone. */
    public void remove(TenantVmKey key) throws JournalException {
        try {
            Files.deleteIfExists(path(key));
        } catch (IOException e) {
            throw new JournalException(Reason.STORAGE, "journal of " + key + " cannot be removed", e);
        }
    }

    /**
     * Removes every journal that is not to be kept.
     *
     * @return how many were removed
     */
    public int retain(Predicate<TenantVmKey> kept) throws JournalException {
        Set<String> names = new java.util.HashSet<>();
        int removed = 0;
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(directory, "*{" + SUFFIX + "," + UNFINISHED + "}")) {
            for (Path file : files) {
                names.add(file.getFileName().toString());
            }
            for (String name : names) {
                if (key(name).filter(kept).isEmpty()) {
                    Files.deleteIfExists(directory.resolve(name));
                    removed++;
                }
            }
        } catch (IOException e) {
            throw new JournalException(Reason.STORAGE, "old journals cannot be removed", e);
        }
        return removed;
    }

    @Override
    public void close() {
        try {
            lockChannel.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private TenantJournal map(TenantVmKey key, Path path) throws JournalException {
        try (FileChannel channel =
                FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            if (channel.size() < JournalLayout.REPLIES) {
                throw new JournalException(Reason.REFUSED, "journal of " + key + " is too short");
            }
            MemorySegment found = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(HEADER_SIZE));
            channel.read(found.asByteBuffer(), 0);
            check(found, header(key), key);
            if (channel.size() != layout.fileSize()) {
                throw new JournalException(Reason.REFUSED, "journal of " + key + " has a wrong size");
            }
            MemorySegment file = channel.map(FileChannel.MapMode.READ_WRITE, 0, layout.fileSize(), Arena.ofAuto());
            return new TenantJournal(key, file, layout, stateSize, storageSize);
        } catch (IOException e) {
            throw new JournalException(Reason.STORAGE, "journal of " + key + " cannot be opened", e);
        }
    }

    private static void check(MemorySegment found, MemorySegment expected, TenantVmKey key) throws JournalException {
        if (found.get(LONG, HEADER_MAGIC) != JournalLayout.MAGIC
                || found.get(INT, HEADER_CHECKSUM) != checksum(found)
                || found.get(LONG, HEADER_INSTANCE_HIGH) != expected.get(LONG, HEADER_INSTANCE_HIGH)
                || found.get(LONG, HEADER_INSTANCE_LOW) != expected.get(LONG, HEADER_INSTANCE_LOW)
                || found.get(LONG, HEADER_TENANT_VM) != expected.get(LONG, HEADER_TENANT_VM)) {
            throw new JournalException(Reason.REFUSED, "not the journal of " + key);
        }
        if (found.mismatch(expected) >= 0) {
            throw new JournalException(Reason.LAYOUT, "journal of " + key + " has another layout");
        }
    }

    private MemorySegment header(TenantVmKey key) {
        MemorySegment header = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(HEADER_SIZE));
        header.set(LONG, HEADER_MAGIC, JournalLayout.MAGIC);
        header.set(INT, HEADER_VERSION, JournalLayout.VERSION);
        header.set(INT, HEADER_VCPUS, TenantJournal.VCPUS);
        header.set(LONG, HEADER_INSTANCE_HIGH, key.hostInstance().getMostSignificantBits());
        header.set(LONG, HEADER_INSTANCE_LOW, key.hostInstance().getLeastSignificantBits());
        header.set(LONG, HEADER_TENANT_VM, key.tenantVm());
        header.set(INT, HEADER_STATE_SIZE, stateSize);
        header.set(LONG, HEADER_STORAGE_SIZE, storageSize);
        header.set(INT, HEADER_CHECKSUM, checksum(header));
        return header;
    }

    private static int checksum(MemorySegment header) {
        CRC32C checksum = new CRC32C();
        checksum.update(header.asSlice(0, HEADER_CHECKSUM).asByteBuffer());
        return (int) checksum.getValue();
    }

    private static boolean locked(FileChannel channel) throws JournalException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        } catch (IOException e) {
            throw new JournalException(Reason.STORAGE, "the state directory cannot be locked", e);
        }
    }

    private Path path(TenantVmKey key) {
        return directory.resolve(key.hostInstance() + "-%016x".formatted(key.tenantVm()) + SUFFIX);
    }

    private static Optional<TenantVmKey> key(String name) {
        int instanceLength = 36;
        if (name.length() != instanceLength + 17 + SUFFIX.length() || !name.endsWith(SUFFIX)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new TenantVmKey(
                    java.util.UUID.fromString(name.substring(0, instanceLength)),
                    Long.parseUnsignedLong(name.substring(instanceLength + 1, instanceLength + 17), 16)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
